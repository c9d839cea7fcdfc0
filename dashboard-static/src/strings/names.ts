/**
 * What visitors are called who have not said their name: one word of each list (`ui/name-of.ts`). The lists are never
 * sorted, shortened or added to: a visitor's name comes from the words' places, and is to stay theirs. Another language
 * has as many words, which go together as these do. No word says anything of a person but that they are welcome.
 */
export const strings = {
  qualities: `
    Amber Autumn Azure Balmy Blithe Blooming Blue Bold Breezy Bright Brisk
    Calm Caring Cedar Cheerful Cherry Clear Clever Clover Coastal Copper Coral Cosy
    Crimson Crystal Curious Dapper Daring Dawn Dazzling Dewy Eager Early Earnest
    Emerald Evening Fabled Fearless Fern Festive Fleet Floral Fond Forest Frosty
    Gallant Garden Gentle Gilded Glad Gleaming Golden Graceful Grand Green Happy
    Harbour Hazel Hearty Honest Honey Hopeful Humble Indigo Island Jade Jaunty
    Jolly Joyful Keen Kind Lakeside Lavender Lemon Lilac Lively Lucky Lunar Magenta
    Maple Marble Meadow Mellow Merry Midnight Mighty Mild Mint Misty Modest Morning
    Mossy Mountain Neat Nimble Noble Northern Opal Orange Patient Peach Pearl
    Plucky Polite Purple Quick Quiet Radiant Rosy Royal Ruby Rustic Saffron Sage
    Sapphire Scarlet Serene Silver Sincere Snowy Spring Sunny
  `.trim().split(/\s+/),
  creatures: `
    Albatross Alpaca Anemone Antelope Armadillo Avocet Badger Barbet Beaver Bee Beetle Bilby
    Bison Bittern Bluebird Bobcat Bunting Butterfly Buzzard Camel Canary Caracal Cardinal
    Caribou Chaffinch Chamois Cheetah Chinchilla Chipmunk Cicada Coati Cockatoo Condor Cormorant
    Crane Cricket Crossbill Curlew Dabchick Deer Dingo Dipper Dolphin Dormouse
    Dove Dragonfly Duck Dunlin Eagle Egret Eider Elk Ermine Falcon Fennec Ferret
    Finch Firefly Flamingo Flycatcher Fox Gannet Gazelle Gecko Gibbon Giraffe Godwit Goldcrest
    Goldfinch Goose Goshawk Grebe Greenfinch Grosbeak Grouse Guillemot Gull Hare Harrier Hawk
    Hedgehog Heron Hoopoe Hornbill Hummingbird Ibex Ibis Iguana Impala Jackdaw Jaguar
    Jerboa Junco Kangaroo Kestrel Kingfisher Kinkajou Kite Kittiwake Kiwi Koala Koi
    Kudu Ladybird Lapwing Lark Lemur Leopard Linnet Lion Llama Lynx
    Macaw Magpie Mallard Manatee Mandarin Manta Marlin Marmot Marten Meerkat
    Mink Mockingbird Moose Moth Mustang Narwhal Newt Nightingale Nightjar Numbat Nuthatch Ocelot
    Octopus Okapi Oriole Oryx Osprey Otter Owl Oystercatcher Panda Pangolin Panther Parakeet
    Partridge Peacock Pelican Penguin Peregrine Petrel Pheasant Pika Pintail Pipit Plover Pochard
    Polecat Porcupine Porpoise Possum Puffin Puma Quail Quetzal Quokka Quoll Rabbit Raccoon
    Raven Redpoll Redstart Reindeer Sable Salmon Sanderling Sandpiper Seahorse
    Seal Serval Shelduck Shrike Siskin Skylark Snipe Sparrow Spoonbill Squirrel Starling
    Stoat Stork Sunbird Swallow Swan Swift Tamarin Tanager Tapir Teal Tern
    Thrush Toucan Treecreeper Turaco Turnstone Turtle Umbrellabird Vicuna Vole Wagtail Wallaby Walrus
    Warbler Waxwing Weaver Whale Wheatear Whimbrel Wigeon Wombat Woodpecker Wren Yak Zebra
  `.trim().split(/\s+/),
  name: (quality: string, creature: string) => `${quality} ${creature}`,
} as const;
