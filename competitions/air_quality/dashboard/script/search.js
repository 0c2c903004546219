// The box in which a place is searched: a text and a list below it.

const MATCHES = 40;

// Letters without marks and capitals: "Abeche" finds "Abéché".
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
const split = (text) =>
  plain(text)
    .split(/[\s,;()·]+/)
    .filter(Boolean);
const sought = (each) => split(`${each.name} ${each.country} ${each.id}`);
// Whether each of the words is the beginning of one that is sought in.
const fits = (words, within) => words.every((word) => within.some((other) => other.startsWith(word)));

function startSearch() {
  const box = byId("search"),
    list = byId("matches");
  const index = PLACES.map((each) => ({ each, name: plain(each.name), within: sought(each) }));
  let found = [],
    at = -1;

  function close() {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function open() {
    const words = split(box.value),
      start = plain(box.value);
    found = index.filter(({ within }) => fits(words, within));
    found.sort(
      (a, b) =>
        b.name.startsWith(start) - a.name.startsWith(start) ||
        a.each.name.localeCompare(b.each.name, "en", { numeric: true }),
    );
    const more = found.length - MATCHES;
    found = found.slice(0, MATCHES);
    list.replaceChildren(
      ...found.map(({ each }, k) =>
        h(
          "li",
          {
            id: `match${k}`,
            role: "option",
            "aria-selected": "false",
            onpointerdown: (event) => event.preventDefault(),
            onclick: () => take(k),
          },
          each.name,
          h("span", { class: "fine" }, each.country && !each.name.includes(each.country) ? ` ${each.country}` : ""),
        ),
      ),
    );
    if (!found.length) list.append(h("li", { class: "fine" }, "No place of that name"));
    if (more > 0) list.append(h("li", { class: "fine" }, `and ${more} more: type on`));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    mark(found.length && words.length ? 0 : -1);
  }

  function mark(k) {
    at = k;
    [...list.children].forEach(
      (item, number) => item.role === "option" && item.setAttribute("aria-selected", String(number === k)),
    );
    if (k < 0) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    box.setAttribute("aria-activedescendant", `match${k}`);
    list.children[k].scrollIntoView({ block: "nearest" });
  }

  function take(k) {
    const each = found[k].each;
    box.value = "";
    close();
    choose(each);
  }

  box.addEventListener("input", open);
  box.addEventListener("click", open);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      box.value = "";
      close();
      return;
    }
    if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(at);
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (list.hidden) open();
    if (found.length)
      mark(
        (at + (event.key === "ArrowDown" ? 1 : -1) + found.length + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) %
          found.length,
      );
  });
}
