// A plant shop's support team: who works in it, what it calls things, and what its customers wrote. Only words; what they
// become is in `documents.mjs`.
//
// A line of a talk begins with who says it or what happens:
//
//     "v Hello?"            the visitor writes
//     "ada Good morning"    an agent writes
//     "ada: To the team"    an agent writes a note
//     "bo takes it"         an agent takes the conversation
//     "bo is done"          it is resolved;  "waits": pending;  "closes": closed;  "reopens": open again
//     "bo tags shipping"    a tag is put on it
//     "bo moves it to care" it is moved into a department
//
// `ago` is how many minutes have passed since the last line, `pause` how many lie between two lines; `read: false` says that
// no agent has read the visitor's last words, `seen: false` that the visitor has not read the agents'.

/** All of them have this password. It guards nothing: a demo is served on this machine alone. */
export const PASSWORD = "correct horse battery staple";
/** The same, hashed as the product does. */
export const PASSWORD_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$g15kVbX4tksbLMfbHKu39A$NBGVsb25by/e2oM7JouUPOiXy+EwQeW8uMiQv4VeNsI";

export const agents = {
  ada: { name: "Ada", email: "ada@example.com", role: "admin" },
  bo: { name: "Bo Lindqvist", email: "bo@example.com", role: "agent", departments: ["orders"] },
  chidi: { name: "Chidi Okonkwo", email: "chidi@example.com", role: "agent", departments: ["care", "orders"] },
};

const nine = { from: "09:00", to: "12:30" };
const afternoon = { from: "13:30", to: "17:00" };

export const departments = {
  orders: {
    name: "Orders",
    color: "#1c7ed6",
    description: "Parcels, invoices, money that goes back",
    hours: {
      timeZone: "Europe/Berlin",
      week: { monday: [nine, afternoon], tuesday: [nine, afternoon], wednesday: [nine, afternoon], thursday: [nine, afternoon], friday: [nine], saturday: [{ from: "10:00", to: "14:00" }], sunday: [] },
      holidays: [{ date: "2026-12-24", name: "Christmas Eve", hours: [{ from: "09:00", to: "12:00" }] }, { date: "2026-12-25", name: "Christmas", hours: [] }],
    },
  },
  care: { name: "Plant care", color: "#2f9e44", description: "Whoever knows about water, light and pests" },
  old: { name: "Trade fair 2025", color: "#687076", archived: true },
};

export const roles = {
  trainee: {
    name: "Trainee",
    description: "Answers what somebody has given them",
    permissions: ["read_conversations:own", "write_messages:own", "read_notes", "write_notes:own", "follow_inbox", "read_departments", "read_tags"],
  },
};

export const tags = {
  shipping: { name: "Shipping", color: "#0b7285", description: "Boats, parcels, and where they are" },
  refund: { name: "Refund", color: "#c92a2a", description: "Money that goes back" },
  plants: { name: "Plant care", color: "#2b8a3e", description: "Water, light, pests" },
  wholesale: { name: "Wholesale", color: "#5f3dc4", description: "Orders of more than fifty" },
  vip: { name: "VIP", color: "#e67700" },
  bug: { name: "Website bug", color: "#1864ab", description: "Something on our own pages does not work" },
  arabic: { name: "العربية", color: "#862e9c", description: "Answer in Arabic" },
  old: { name: "Christmas 2025", color: "#868e96", archived: true },
};

const longTalk = Array.from({ length: 45 }, (_, index) => [
  `v Question ${index + 1}: my ${["fern", "monstera", "cactus", "orchid", "palm"][index % 5]} has ${["yellow leaves", "brown tips", "small flies", "no new leaves"][index % 4]}. What now?`,
  `chidi ${["A little less water, and a lighter place.", "Brown tips are dry air. Mist it every other day.", "Sticky traps, and let the soil dry between two waterings.", "Patience: it rests in winter."][index % 4]}`,
]).flat();

const longWords =
  "I ordered three ferns, two for me and one for my neighbour, who was so kind as to feed our cat in the summer. The first boat came on Tuesday, and with it two of the three. That would have been no trouble, as the note in the box said that the third would follow; but on Thursday there came a monstera, which is a beautiful plant, and not the one that I ordered. My neighbour says that she would rather keep it. So here is what I would like to know: what is the difference in price, may she pay it at the harbour, and is there any way to have the third fern before Sunday, when it is her birthday?\n\nPS: the cat is well.";

export const talks = [
  // Waiting for an agent.
  { visitor: "Mia Hartmann", ago: 2, pause: 1, read: false, lines: ["v Hi! Will the fern I ordered be on Thursday’s boat?", "v Order 1042"] },
  { visitor: "أميرة حدّاد", ago: 4, read: false, lines: ["v مرحباً، هل يمكنكم توصيل طلبي يوم الخميس؟", "v رقم الطلب 1043، والعنوان: Harbour Street 12"] },
  { visitor: "佐藤 結衣", ago: 7, read: false, lines: ["v こんにちは。サボテンの植え替えはいつがよいですか?"] },
  { visitor: "Visitor 5C1D", ago: 9, pause: 0, read: false, lines: ["v 🌵", "v 🌵🌵", "v 🌵🌵🌵 ?"] },
  { visitor: "Jamie O’Connor-Fitzgerald of the Western Isles Gardening Association", ago: 11, read: false, lines: [`v ${longWords}`] },
  { visitor: "Наталія Шевченко", ago: 14, read: false, tags: ["shipping"], lines: ["v Доброго дня! Чи доставляєте ви в Україну?"] },
  { visitor: "Visitor 91E0", ago: 18, read: false, lines: ["v hello", "v is anyone there", "v hello???"] },
  { visitor: "דנה לוי", ago: 23, read: false, lines: ["v שלום, קיבלתי עציץ שבור. מה עושים?"] },
  { visitor: "Priya Nair", ago: 31, read: false, tags: ["bug"], lines: ["v The checkout says “undefined is not a function”. https://shop.example.com/checkout?step=2&basket=9f8e7d6c5b4a39281706f5e4d3c2b1a0#payment", "v `TypeError: undefined is not a function`"] },
  { visitor: "王小明", ago: 44, read: false, lines: ["v 你好,请问龟背竹多久浇一次水?"] },
  { visitor: "Visitor 0AF7", ago: 58, read: false, lines: ["v Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"] },
  { visitor: "ประเสริฐ ศรีสุข", ago: 75, read: false, lines: ["v สวัสดีครับ ต้นไม้ของผมใบเหลือง ทำอย่างไรดีครับ"] },

  // Somebody is on it.
  { visitor: "Tomás Ferreira", ago: 1, pause: 2, tags: ["shipping"], lines: ["v Olá! Onde está a minha encomenda?", "ada takes it", "ada moves it to orders", "ada Olá Tomás! Let me look it up for you.", "ada: Order 1039, paid on Monday. The boat leaves at nine.", "ada It is packed, and leaves at nine in the morning.", "v Wonderful, thank you!"], read: false },
  { visitor: "Élodie Marchand", ago: 6, pause: 1, lines: ["v Bonjour, ma monstera a des taches brunes 😟", "bo takes it", "bo tags plants", "bo moves it to care", "bo Bonjour Élodie! Could you describe the spots: round, or along the edge?", "v Ronds, avec un bord jaune.", "bo That is a fungus. Cut the leaves off, and keep the others dry for two weeks."], seen: false },
  { visitor: "Kwame Mensah", ago: 12, pause: 3, lines: ["v We need 120 ferns for an office.", "chidi takes it", "chidi tags wholesale", "chidi tags vip", "chidi moves it to orders", "chidi: They bought 80 last year, and paid on the day.", "chidi Hello Kwame, good to hear from you again! By when?", "v Mid-January, in two deliveries if possible."], read: false },
  { visitor: "Sofía Álvarez", ago: 16, pause: 4, lines: ["v ¿Puedo cambiar la dirección de entrega?", "bo takes it", "bo ¡Claro! ¿Cuál es la nueva dirección?", "v Calle del Puerto 7, 2.º B", "bo Hecho. It will go there on Thursday."] },
  { visitor: "김민준", ago: 22, pause: 2, lines: ["v 안녕하세요, 선인장이 도착했는데 화분이 깨졌어요.", "ada takes it", "ada tags refund", "ada I am sorry! We send a new pot tomorrow, and you keep the cactus.", "v 감사합니다! 🙏"], read: false },
  { visitor: "فاطمة الزهراء", ago: 35, pause: 3, lines: ["v كم مرة يجب أن أسقي النبتة؟", "chidi takes it", "chidi tags arabic", "chidi tags plants", "chidi مرة كل أسبوع، أي نحو ½ لتر — and less in winter."], seen: false },
  { visitor: "Visitor 77B2", ago: 52, pause: 5, lines: ["v Do you deliver to Ireland?", "ada takes it", "ada We do: each Thursday, to Rosslare.", "v And how much is it?"] , read: false },
  { visitor: "Lars-Göran Åkesson", ago: 95, pause: 6, lines: ["v Hej! Kan jag få en faktura?", "bo takes it", "bo Självklart. To which address shall I send it?", "v lars-goran.akesson@example.se"], read: false },
  { visitor: "Ngozi Eze", ago: 130, pause: 1, lines: longTalk.concat("v One more, tomorrow. Thank you, Chidi!"), assignee: "chidi" },

  // Waiting for the customer, or for something else.
  { visitor: "Ελένη Παπαδοπούλου", ago: 190, pause: 7, lines: ["v Καλημέρα! Το φυτό μου έφτασε ξερό.", "ada takes it", "ada tags refund", "ada Καλημέρα! Could you send us the order’s number?", "ada waits"], seen: false },
  { visitor: "Oliver Bennett", ago: 260, pause: 9, lines: ["v My palm is leaning to one side.", "chidi takes it", "chidi tags plants", "chidi Turn it a quarter each week, and tell me in a month how it does.", "chidi waits", "chidi: Ask again in January."] },
  { visitor: "Visitor C40E", ago: 410, pause: 5, lines: ["v The newsletter comes twice.", "bo takes it", "bo tags bug", "bo Thank you for telling us. We are looking into it.", "bo waits"] },
  { visitor: "Ayşe Yılmaz", ago: 700, pause: 11, lines: ["v Merhaba, iade için ne yapmalıyım?", "bo takes it", "bo tags refund", "bo Put it back into its box; the carrier fetches it on Friday.", "v Tamam, teşekkürler.", "bo waits"] },
  { visitor: "अनन्या शर्मा", ago: 1300, pause: 4, lines: ["v नमस्ते, क्या आप उपहार के लिए पैक करते हैं?", "chidi takes it", "chidi नमस्ते! Yes, in paper or in cloth. Which would you like?", "chidi waits"], seen: false },

  // Done.
  { visitor: "Hannah Schröder", ago: 330, pause: 3, lines: ["v Kann ich den Topf einzeln kaufen?", "ada takes it", "ada Ja, in drei Größen.", "v Perfekt, danke!", "ada is done"] },
  { visitor: "Giulia Conti", ago: 520, pause: 2, lines: ["v Ciao! Il codice sconto non funziona.", "bo takes it", "bo tags bug", "bo It works now; somebody had put a blank behind it.", "v Grazie mille 🌿", "bo is done"] },
  { visitor: "Visitor 2D95", ago: 900, pause: 1, lines: ["v Are the pots glazed?", "chidi takes it", "chidi The green ones are, the red ones are not.", "chidi is done"] },
  { visitor: "Zeynep Kaya", ago: 1500, pause: 8, lines: ["v Where do I find the invoice?", "ada takes it", "ada In the confirmation, at the very end.", "v Found it.", "ada is done"] },
  { visitor: "Marek Dvořák", ago: 2100, pause: 5, lines: ["v Dobrý den, doručujete i do Brna?", "bo takes it", "bo tags shipping", "bo Ano, each Monday.", "v Děkuji!", "bo is done"] },
  { visitor: "Nguyễn Thị Hương", ago: 2900, pause: 3, lines: ["v Cây của tôi bị rệp, phải làm sao?", "chidi takes it", "chidi tags plants", "chidi Soap and water, three times, a week apart.", "v Cảm ơn bạn!", "chidi is done"] },
  { visitor: "Samuel Adeyemi", ago: 4400, pause: 12, lines: ["v I was charged twice for order 977.", "ada takes it", "ada tags refund", "ada: The bank shows one booking and one reservation.", "ada The second one is a reservation. It is gone by Friday.", "v It is gone. Thank you.", "ada is done"] },
  { visitor: "Visitor E8A1", ago: 6200, pause: 2, lines: ["v ok thanks 👍", "bo takes it", "bo is done"] },
  { visitor: "Camille Dubois", ago: 8000, pause: 4, lines: ["v Le livre d’entretien est-il en français ?", "bo takes it", "bo Oui, en français et en anglais.", "bo is done"] },

  // Closed.
  { visitor: "Ivan Petrov", ago: 10_500, pause: 6, lines: ["v Здравствуйте! Посылка пришла открытой.", "ada takes it", "ada tags refund", "ada tags shipping", "ada I am sorry. You have your money back by Monday.", "v Спасибо.", "ada closes"] },
  { visitor: "Visitor 3F6B", ago: 13_000, pause: 1, lines: ["v BUY CHEAP WATCHES http://watches.example", "bo takes it", "bo closes"] },
  { visitor: "Grace Liu", ago: 17_000, pause: 9, lines: ["v Do you take old pots back?", "chidi takes it", "chidi We do, and give a euro for each.", "v Lovely.", "chidi is done", "v One is chipped. That, too?", "chidi reopens", "chidi That, too.", "chidi closes"] },
  { visitor: "Noor van den Berg", ago: 24_000, pause: 3, lines: ["v Kan ik een cadeaubon kopen?", "ada takes it", "ada Ja, van 10 tot 200 euro.", "ada closes"] },
  { visitor: "Ada L.", ago: 38_000, pause: 2, lines: ["v Is this a person or a machine?", "ada takes it", "ada A person, with a watering can in the other hand.", "v 😄", "ada closes"] },
];
