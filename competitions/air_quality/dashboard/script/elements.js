// Elements of the page.

// An element with attributes and content; text is never read as markup.
function h(name, attributes = {}, ...content) {
  const svg = ["g", "path", "circle", "line", "rect", "text"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...content.flat());
  return node;
}

const byId = (name) => document.getElementById(name);

// The number and the name of a class, on its colour.
function badge(k, words = true) {
  const each = CLASSES[k];
  return h(
    "span",
    { class: "badge", style: `background:${each.colour};color:${each.ink}` },
    words ? `${k + 1} ${each.name}` : `${k + 1}`,
  );
}
