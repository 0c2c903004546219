// The table of all places, and the smaller one of those that are compared.

const PAGE = 50;
let rows = new Map(),
  period = "";

// Averages of all places over the chosen period, where that is another one than before.
function average() {
  const all = state.to - state.from + 1,
    wanted = [state.from, state.to, state.least].join();
  if (wanted === period) return;
  period = wanted;
  rows = new Map(
    PLACES.map((each) => {
      const row = averaged(each, state.from, state.to);
      row.enough = row.days > 0 && row.days * 100 >= state.least * all;
      return [each, row];
    }),
  );
}

const rowOf = (each) => rows.get(each);

// A row in words.
function said(row) {
  const where = row.place.country && !row.place.name.includes(row.place.country) ? `, ${row.place.country}` : "";
  const days = `${row.days} of ${state.to - state.from + 1} days`;
  if (!row.enough) return `${row.place.name}${where}: no average, ${days}`;
  const name = CLASSES[classOf(row.average)].name;
  return `${row.place.name}${where}: average ${shown(row.average)} ${UNIT}, ${name}, ${days}`;
}

const COLUMNS = [
  { key: "name", title: "Place", of: (row) => row.place.name },
  ...(COUNTRIES ? [{ key: "country", title: "Country", of: (row) => row.place.country }] : []),
  { key: "average", title: `Average, ${UNIT}`, of: (row) => (row.enough ? row.average : NaN), number: true },
  { key: "days", title: "Days covered", of: (row) => row.days, number: true },
  ...CLASSES.map((each, k) => ({
    key: `share${k}`,
    title: each.name,
    badge: k,
    of: (row) => row.shares[k],
    number: true,
  })),
];

// Rows as they are shown: those that the filter leaves, sorted; what has no value comes last.
function listed() {
  const words = split(state.filter),
    by = COLUMNS.find(({ key }) => key === state.sort.key) ?? COLUMNS[0];
  const kept = [...rows.values()].filter((row) => fits(words, sought(row.place)));
  const sign = state.sort.down ? -1 : 1;
  return kept.sort((a, b) => {
    const [first, second] = [by.of(a), by.of(b)];
    if (!by.number)
      return sign * first.localeCompare(second, "en", { numeric: true }) || a.place.number - b.place.number;
    if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
    return sign * (first - second) || a.place.number - b.place.number;
  });
}

function drawTable() {
  const all = listed(),
    days = state.to - state.from + 1,
    seen = state.all ? all : all.slice(0, PAGE);
  const focused = document.activeElement?.dataset?.key;
  const head = COLUMNS.map((each) => {
    const active = state.sort.key === each.key,
      arrow = active ? (state.sort.down ? " ▼" : " ▲") : "";
    const label =
      each.badge === undefined
        ? each.title
        : [badge(each.badge, false), h("span", { class: "share-name" }, ` ${each.title}`)];
    return h(
      "th",
      {
        scope: "col",
        class:
          each.badge !== undefined
            ? "number share"
            : each.number
              ? "number"
              : each.key === "country"
                ? "country-cell"
                : null,
        "aria-sort": active ? (state.sort.down ? "descending" : "ascending") : null,
      },
      h(
        "button",
        { type: "button", "data-key": each.key, title: `Sort by ${each.title}`, onclick: () => sortBy(each) },
        label,
        arrow,
      ),
    );
  });
  const body = seen.map((row) =>
    h(
      "tr",
      { class: state.chosen.includes(row.place) ? "picked" : null },
      COLUMNS.map((each) => tableCell(each, row, days)),
    ),
  );
  byId("table").replaceChildren(
    h("caption", {}, "Average, days covered and share of days in each class, by place"),
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, body),
  );
  byId("more").hidden = seen.length === all.length;
  byId("more").textContent = `Show all ${all.length} places`;
  // A new table has lost the focus that the old one had.
  if (focused) byId("table").querySelector(`[data-key="${focused}"]`)?.focus();
}

function tableCell(each, row, days) {
  if (each.key === "name") {
    const pressed = state.chosen.includes(row.place);
    return h(
      "th",
      { scope: "row" },
      h(
        "button",
        {
          type: "button",
          class: "link",
          "data-key": `p${row.place.number}`,
          "aria-pressed": pressed,
          onclick: () => choose(row.place),
        },
        row.place.name,
      ),
      h("span", { class: "fine country" }, row.place.country),
    );
  }
  if (each.key === "country") return h("td", { class: "country-cell" }, row.place.country || "–");
  if (each.key === "average") {
    return h(
      "td",
      { class: "number" },
      row.enough ? [`${shown(row.average)} `, badge(classOf(row.average), false)] : "–",
    );
  }
  if (each.key === "days") return h("td", { class: "number" }, `${row.days} of ${days} (${percent(row.days / days)})`);
  const share = each.of(row);
  const bar = Number.isFinite(share)
    ? `background:linear-gradient(${CLASSES[each.badge].colour} 0 0) 0 100% / ${100 * share}% 4px no-repeat`
    : null;
  return h("td", { class: "number share", style: bar }, percent(share));
}

function sortBy(each) {
  const same = state.sort.key === each.key;
  state.sort = { key: each.key, down: same ? !state.sort.down : Boolean(each.number) };
  drawTable();
  remember();
}

// What a list of values amounts to.
function summed(values) {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b),
    n = sorted.length;
  if (!n) return { n, mean: NaN, median: NaN, least: NaN, most: NaN };
  const median = (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
  return { n, mean: sorted.reduce((a, b) => a + b) / n, median, least: sorted[0], most: sorted[n - 1] };
}

function drawComparison() {
  const observed = state.chosen.some((each) => each.hasObserved),
    all = state.to - state.from + 1;
  const head = [
    "Place",
    `Average, ${UNIT}`,
    "Class",
    "Median",
    "Lowest day",
    "Highest day",
    "Days",
    "Width of the 90 % interval",
    ...(observed ? ["Measured days", "Average of those", "Mean absolute error"] : []),
  ];
  const body = state.chosen.map((each, mark) => {
    const start = position(each.days, state.from),
      end = position(each.days, state.to + 1),
      cut = (values) => [...values.subarray(start, end)];
    const prediction = cut(each.prediction),
      seen = cut(each.observed),
      row = rowOf(each);
    const width = summed(cut(each.high).map((high, k) => high - each.low[start + k]));
    const sum = summed(prediction),
      error = summed(seen.map((value, k) => Math.abs(value - prediction[k])));
    const numbers = [
      row.enough ? shown(row.average) : "–",
      row.enough ? badge(classOf(row.average)) : "–",
      shown(sum.median),
      shown(sum.least),
      shown(sum.most),
      `${sum.n} of ${all}`,
      shown(width.mean),
      ...(observed ? [`${error.n}`, shown(summed(seen).mean), shown(error.mean)] : []),
    ];
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("span", { class: `key s${mark + 1}` }), ` ${each.name}`),
      numbers.map((text, k) => h("td", { class: k === 1 ? null : "number" }, text)),
    );
  });
  byId("comparison").replaceChildren(
    h("caption", {}, "The places shown, over the chosen period, without smoothing"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        head.map((text, k) => h("th", { scope: "col", class: k === 0 || k === 2 ? null : "number" }, text)),
      ),
    ),
    h("tbody", {}, body),
  );
}
