// Shows the pictures in `pictures.js`: all looks of a state beside each other, filtered, as large as one likes.

const { taken, sizes, directions, schemes } = window.PICTURES;
const main = document.querySelector("main");
const filters = document.querySelector("#filters");
const large = document.querySelector("#large");

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

for (const [id, values] of Object.entries({ size: sizes, direction: directions, scheme: schemes })) {
  for (const value of values) {
    const box = element("input", { type: "checkbox", name: id, value, checked: value !== "rtl" });
    document.querySelector(`#${id}`).append(element("label", {}, box, ` ${value}`));
  }
}

/** The pictures that are shown, for going from one to the next. */
let shown = [];

function enlarge(index) {
  const { file, caption } = shown[(index + shown.length) % shown.length];
  large.dataset.index = index;
  large.querySelector("p").textContent = caption;
  large.querySelector("a").href = file;
  large.querySelector("img").src = file;
  if (!large.open) large.showModal();
}

large.addEventListener("keydown", ({ key }) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) enlarge((Number(large.dataset.index) + step + shown.length) % shown.length);
});

function render() {
  const form = new FormData(filters);
  const words = form.get("words").toLowerCase();
  document.body.style.setProperty("--zoom", `${form.get("zoom")}px`);
  shown = [];
  main.replaceChildren();
  const groups = Map.groupBy(taken.filter(({ group, name }) => `${group} ${name}`.toLowerCase().includes(words)), ({ group }) => group);
  for (const [group, rows] of groups) {
    const section = element("section", {}, element("h2", { id: group, textContent: group }));
    for (const { name, pictures, failure } of rows) {
      const looks = element("div", { className: "looks" });
      for (const size of form.getAll("size")) {
        for (const direction of form.getAll("direction")) {
          for (const scheme of form.getAll("scheme")) {
            const look = `${size}-${direction}-${scheme}`;
            if (!pictures[look]) continue;
            const index = shown.push({ file: pictures[look], caption: `${group}: ${name} (${look})` }) - 1;
            const image = element("img", { src: pictures[look], loading: "lazy", alt: `${name}, ${look}` });
            const button = element("button", { type: "button", onclick: () => enlarge(index) }, image);
            looks.append(element("figure", { className: size }, button, element("figcaption", { textContent: look })));
          }
        }
      }
      const article = element("article", {}, element("h3", { textContent: name }), looks);
      if (failure) article.append(element("pre", { textContent: failure }));
      section.append(article);
    }
    main.append(section);
  }
  document.querySelector("#groups").replaceChildren(...[...groups.keys()].map((group) => element("a", { href: `#${group}`, textContent: group })));
}

filters.addEventListener("input", render);
filters.addEventListener("submit", (event) => event.preventDefault());
render();
