// What is chosen, how it is kept in the address, and what is drawn again when it changes.

const MOST = 4,
  START = { from: 0, to: DAYS - 1, smooth: 1, least: 0, band: true };
const state = {
  ...START,
  compare: false,
  chosen: [],
  day: null,
  sort: { key: "average", down: true },
  filter: "",
  all: false,
};

function choose(each) {
  const at = state.chosen.indexOf(each);
  if (!state.compare) state.chosen = [each];
  else if (at >= 0) state.chosen = state.chosen.filter((other) => other !== each);
  else state.chosen = [...state.chosen.slice(state.chosen.length >= MOST ? 1 : 0), each];
  redraw();
}

function drop(each) {
  state.chosen = state.chosen.filter((other) => other !== each);
  redraw();
  (byId("chosen").querySelector("button") ?? byId("search")).focus();
}

function setPeriod(from, to) {
  state.from = Math.max(0, Math.min(DAYS - 1, from));
  state.to = Math.max(state.from, Math.min(DAYS - 1, to));
  if (state.day !== null) state.day = Math.max(state.from, Math.min(state.to, state.day));
  redraw();
}

// Move the period by its own length, as far as there are days.
function shift(sign) {
  const length = state.to - state.from + 1;
  const from = Math.max(0, Math.min(DAYS - length, state.from + sign * length));
  setPeriod(from, from + length - 1);
}

function redraw() {
  average();
  drawControls();
  draw();
  drawChart();
  drawComparison();
  drawTable();
  tell();
  remember();
}

function drawControls() {
  byId("from").value = iso(state.from);
  byId("to").value = iso(state.to);
  byId("smooth").value = String(state.smooth);
  byId("least").value = String(state.least);
  byId("band").checked = state.band;
  byId("compare").checked = state.compare;
  byId("earlier").disabled = state.from === 0;
  byId("later").disabled = state.to === DAYS - 1;
  byId("rule").textContent = coverageRule();
  byId("smooth-rule").textContent = smoothingRule();
  byId("chosen").replaceChildren(
    ...state.chosen.map((each, k) =>
      h(
        "li",
        {},
        h("span", { class: `key s${k + 1}` }),
        ` ${each.name} `,
        h("button", { type: "button", "aria-label": `Remove ${each.name}`, onclick: () => drop(each) }, "×"),
      ),
    ),
  );
}

// Which days an average is of, and what it needs.
function coverageRule() {
  const all = state.to - state.from + 1;
  const left = [...rows.values()].filter((row) => !row.enough).length;
  const need = state.least ? `at least ${state.least} %` : "at least one";
  const covered = `${need} of the ${all} ${all === 1 ? "day" : "days"} of the period ${state.least ? "are" : "is"} covered`;
  const lack = left ? `, which ${left} of ${PLACES.length} places lack (drawn with a dash)` : "";
  return (
    `${dated(state.from)} to ${dated(state.to)}. An average is the mean of the daily predictions that there are; ` +
    `it is shown where ${covered}${lack}.`
  );
}

function smoothingRule() {
  const bare = state.chosen.filter(
    (each) => stretches(state.from, state.to, series(each, state.smooth).prediction).length === 0,
  );
  const names = bare.map((each) => each.name).join(", ");
  const nothing = bare.length ? `Nothing to draw, for want of days: ${names}. ` : "";
  if (state.smooth === 1) return `${nothing}Days without a prediction are left open.`;
  return (
    `${nothing}Each point is the mean of its day and the ${state.smooth - 1} days before, drawn where at least half ` +
    "of these have a value. The band is then the mean of the daily intervals, and no 90 % interval of the mean."
  );
}

let telling = 0;
// Said a moment later, so that only the last of many changes is heard.
function tell() {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const places = state.chosen.map((each) => said(rowOf(each))).join(". ");
    byId("summary").textContent = `${dated(state.from)} to ${dated(state.to)}. ${places || "No place is chosen"}.`;
  }, 300);
}

let remembering = 0;
// The address keeps what is chosen, so that a view can be shared with the file.
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const kept = new URLSearchParams();
    if (state.from) kept.set("from", iso(state.from));
    if (state.to < DAYS - 1) kept.set("to", iso(state.to));
    for (const key of ["smooth", "least"]) if (state[key] !== START[key]) kept.set(key, state[key]);
    if (!state.band) kept.set("band", "0");
    if (state.compare) kept.set("compare", "1");
    if (state.sort.key !== "average" || !state.sort.down)
      kept.set("sort", `${state.sort.down ? "-" : ""}${state.sort.key}`);
    if (moved && view) kept.set("map", [view.lon, view.lat, view.wide].map((value) => value.toFixed(3)).join(","));
    for (const each of state.chosen) kept.append("place", each.name);
    try {
      history.replaceState(null, "", `#${kept}`);
    } catch {
      /* where the address may not be changed */
    }
  }, 250);
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1)),
    day = (key, other) => (Number.isFinite(dayOf(kept.get(key))) ? dayOf(kept.get(key)) : other);
  const one = (key, of) => (of.includes(Number(kept.get(key))) ? Number(kept.get(key)) : START[key]);
  state.from = Math.max(0, Math.min(DAYS - 1, day("from", 0)));
  state.to = Math.max(state.from, Math.min(DAYS - 1, day("to", DAYS - 1)));
  state.smooth = one("smooth", [1, 7, 10, 30]);
  state.least = one("least", [0, 25, 50, 75]);
  state.band = kept.get("band") !== "0";
  const sort = (kept.get("sort") ?? "-average").match(/^(-?)(\w+)$/);
  if (sort) state.sort = { key: sort[2], down: Boolean(sort[1]) };
  const map = (kept.get("map") ?? "").split(",").map(Number);
  if (MAPPED.length)
    view =
      map.length === 3 && map.every(Number.isFinite) && map[2] > 0
        ? { lon: map[0], lat: map[1], wide: map[2] }
        : whole();
  moved = kept.has("map");
  state.chosen = [...new Set(kept.getAll("place"))]
    .map((name) => PLACES.find((each) => each.name === name))
    .filter(Boolean)
    .slice(0, MOST);
  state.compare = kept.get("compare") === "1" || state.chosen.length > 1;
  // At first, the place of most days.
  if (!location.hash)
    state.chosen = [PLACES.reduce((best, each) => (each.days.length > best.days.length ? each : best))];
  redraw();
}

function start() {
  byId("facts").textContent =
    `at ${PLACES.length} ${PLACES.length === 1 ? "place" : "places"}, ${dated(0)} to ${dated(DAYS - 1)}`;
  byId("guideline").textContent =
    given.unit.guideline === null
      ? ""
      : `The dashed line is the WHO guideline of 2021 for 24 hours, ${given.unit.guideline} ${UNIT}.`;
  byId("legend").append(
    ...CLASSES.map((each, k) => {
      const step = given.unit.decimals ? 0.1 : 1,
        from = k ? each.from + step : 0,
        text = (value) => value.toFixed(given.unit.decimals);
      return h(
        "li",
        {},
        badge(k),
        ` ${each.to === undefined ? `from ${text(from)}` : `${text(from)} to ${text(each.to)}`}`,
      );
    }),
  );
  for (const key of ["from", "to"]) {
    byId(key).min = iso(0);
    byId(key).max = iso(DAYS - 1);
    byId(key).addEventListener("change", () => {
      const day = dayOf(byId(key).value);
      if (!Number.isFinite(day)) drawControls();
      else if (key === "from") setPeriod(day, Math.max(day, state.to));
      else setPeriod(Math.min(day, state.from), day);
    });
  }
  const on = (name, event, act) => byId(name).addEventListener(event, act);
  on("earlier", "click", () => shift(-1));
  on("later", "click", () => shift(1));
  on("whole", "click", () => setPeriod(0, DAYS - 1));
  on("least", "change", () => {
    state.least = Number(byId("least").value);
    redraw();
  });
  on("smooth", "change", () => {
    state.smooth = Number(byId("smooth").value);
    redraw();
  });
  on("band", "change", () => {
    state.band = byId("band").checked;
    redraw();
  });
  on("compare", "change", () => {
    state.compare = byId("compare").checked;
    if (!state.compare) state.chosen = state.chosen.slice(-1);
    redraw();
  });
  on("filter", "input", () => {
    state.filter = byId("filter").value;
    drawTable();
  });
  on("more", "click", () => {
    state.all = true;
    drawTable();
  });
  const named = () => `${iso(state.from)}_${iso(state.to)}`;
  on("save-series", "click", () =>
    save(`pm25_days_${named()}.csv`, daysCsv(state.chosen, state.from, state.to, state.smooth)),
  );
  on("save-table", "click", () => save(`pm25_averages_${named()}.csv`, [tableCsv(listed(), state.from, state.to)]));
  on("save-all", "click", () =>
    save(
      `pm25_all_days_${named()}.csv`,
      daysCsv(
        listed().map((row) => row.place),
        state.from,
        state.to,
        1,
      ),
    ),
  );
  average();
  startMap();
  startChart();
  startSearch();
  recall();
  window.addEventListener("hashchange", recall);
}

start();
