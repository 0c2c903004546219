// The series of the chosen places, with a day that can be moved over them.

const chart = byId("chart"),
  MARGIN = { left: 46, right: 10, top: 24, bottom: 26 };
let shape = null;

function startChart() {
  new ResizeObserver(drawChart).observe(chart);
  chart.addEventListener("pointermove", (event) => point(event));
  chart.addEventListener("pointerdown", (event) => point(event));
  chart.addEventListener("keydown", (event) => {
    const at = state.day ?? state.to;
    const days = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: at - 30,
      PageUp: at + 30,
      Home: state.from,
      End: state.to,
    }[event.key];
    if (days === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setDay(days);
  });
}

function point(event) {
  if (!shape) return;
  const box = chart.getBoundingClientRect();
  const share = (event.clientX - box.left - MARGIN.left) / Math.max(1, box.width - MARGIN.left - MARGIN.right);
  setDay(state.from + Math.round(share * (state.to - state.from)));
}

function setDay(day) {
  state.day = Math.max(state.from, Math.min(state.to, day));
  drawDay();
}

// The numbers at which an axis up to a height has its lines.
function ticks(top, most) {
  const rough = top / most,
    power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => k * step);
}

// Days at which the time axis has its lines: those of the finest calendar step that has room.
function dates(from, to, most) {
  for (const step of [1, 2, 7, 14])
    if ((to - from) / step < most) {
      return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, k) => ({
        day: from + k * step,
        text: dated(from + k * step).slice(0, -5),
      }));
    }
  const start = new Date(FIRST + from * DAY),
    months = (to - from) / 30.4;
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((each) => months / each < most) || 240,
    out = [];
  for (let month = Math.ceil(start.getUTCMonth() / step) * step; ; month += step) {
    const time = Date.UTC(start.getUTCFullYear(), month, 1),
      day = Math.round((time - FIRST) / DAY),
      date = new Date(time);
    if (day > to) return out;
    if (day >= from)
      out.push({
        day,
        text: step >= 12 ? `${date.getUTCFullYear()}` : `${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`,
      });
  }
}

// Stretches of days without a gap in any of the series.
function stretches(from, to, ...lines) {
  const out = [];
  let open = null;
  for (let day = from; day <= to; day++) {
    if (lines.some((values) => Number.isNaN(values[day]))) open = null;
    else if (open) open.push(day);
    else out.push((open = [day]));
  }
  return out;
}

function drawChart() {
  const width = Math.max(240, chart.getBoundingClientRect().width),
    height = width < 500 ? 280 : 360;
  chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
  chart.style.aspectRatio = `${width} / ${height}`;
  const { from, to } = state,
    lines = state.chosen.map((each) => series(each, state.smooth));
  let top = 0;
  for (const line of lines) {
    for (const values of state.band ? [line.prediction, line.high, line.observed] : [line.prediction, line.observed]) {
      for (let day = from; day <= to; day++) if (values[day] > top) top = values[day];
    }
  }
  top = top ? top * 1.04 : 10;
  const right = width - MARGIN.right,
    bottom = height - MARGIN.bottom;
  const x = (day) => MARGIN.left + (right - MARGIN.left) * (to > from ? (day - from) / (to - from) : 0.5);
  const y = (value) => bottom - ((bottom - MARGIN.top) * Math.max(0, value)) / top;
  shape = { x, y, bottom, width };
  const [strips, labels] = classLines(top, y, right);
  const parts = [...strips, h("text", { class: "unit", x: 4, y: 14 }, `PM2.5, ${UNIT}`)];
  for (const value of ticks(top, 6)) {
    parts.push(
      h("line", { class: "rule", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }),
      h(
        "text",
        { class: "tick", x: MARGIN.left - 12, y: y(value), dy: "0.35em", "text-anchor": "end" },
        String(Math.round(value * 100) / 100),
      ),
    );
  }
  let last = -Infinity;
  for (const { day, text } of dates(from, to, width / 80)) {
    if (x(day) - last < 68) continue;
    last = x(day);
    const edge = x(day) > right - 30 ? "end" : x(day) < MARGIN.left + 20 ? "start" : "middle";
    parts.push(
      h("line", { class: "rule", x1: x(day), x2: x(day), y1: bottom, y2: bottom + 4 }),
      h("text", { class: "tick", x: x(day), y: height - 8, "text-anchor": edge }, text),
    );
  }
  chart.classList.toggle("several", lines.length > 1);
  lines.forEach((line, k) => parts.push(...drawn(line, k, x, y, from, to)));
  if (!state.chosen.length)
    parts.push(
      h(
        "text",
        { class: "unit", x: width / 2, y: height / 2, "text-anchor": "middle" },
        "Choose a place on the map, in the table or above",
      ),
    );
  parts.push(...labels, h("g", { id: "day" }));
  chart.replaceChildren(...parts);
  drawDay();
}

// A strip of the classes' colours at the axis, and lines with their names, which stand over the series; the guideline.
function classLines(top, y, right) {
  const parts = [],
    labels = [];
  let last = Infinity;
  CLASSES.forEach((each, k) => {
    if (each.from >= top) return;
    const low = y(each.from),
      high = y(Math.min(top, each.to ?? top));
    parts.push(
      h("rect", { x: MARGIN.left - 8, width: 6, y: high, height: Math.max(0, low - high), fill: each.colour }),
    );
    if (k) parts.push(h("line", { class: "limit", x1: MARGIN.left, x2: right, y1: low, y2: low }));
    const room = k === CLASSES.length - 1 || each.to > top ? low - MARGIN.top : low - high;
    if (room < 12 || last - low < 12) return;
    last = low;
    labels.push(
      h("text", { class: "limit-name", x: right, y: low - 4, "text-anchor": "end" }, `${k + 1} ${each.name}`),
    );
  });
  const who = given.unit.guideline;
  if (who !== null && who < top) {
    labels.push(
      h("line", { class: "who", x1: MARGIN.left, x2: right, y1: y(who), y2: y(who) }),
      h("text", { class: "limit-name", x: MARGIN.left + 4, y: y(who) - 4 }, `WHO ${who}`),
    );
  }
  return [parts, labels];
}

function drawn(line, k, x, y, from, to) {
  const parts = [],
    at = (values) => (day) => `${x(day).toFixed(1)},${y(values[day]).toFixed(1)}`;
  if (state.band) {
    const areas = stretches(from, to, line.low, line.high).map((days) =>
      days.length > 1
        ? `M${days.map(at(line.high)).join("L")}L${[...days].reverse().map(at(line.low)).join("L")}Z`
        : `M${x(days[0]) - 1},${y(line.high[days[0]])}H${x(days[0]) + 1}V${y(line.low[days[0]])}H${x(days[0]) - 1}Z`,
    );
    parts.push(h("path", { class: `band s${k + 1}`, d: areas.join("") }));
  }
  const pieces = stretches(from, to, line.prediction);
  parts.push(
    h("path", {
      class: `line s${k + 1}`,
      d: pieces.map((days) => `M${days.map(at(line.prediction)).join("L")}${days.length > 1 ? "" : "h0.01"}`).join(""),
    }),
  );
  for (const [day] of stretches(from, to, line.observed).flatMap((days) => days.map((each) => [each]))) {
    parts.push(
      h("circle", { class: `observed s${k + 1}`, cx: x(day).toFixed(1), cy: y(line.observed[day]).toFixed(1), r: 2.6 }),
    );
  }
  return parts;
}

function drawDay() {
  const layer = byId("day"),
    day = state.day;
  chart.setAttribute("aria-valuemin", state.from);
  chart.setAttribute("aria-valuemax", state.to);
  chart.setAttribute("aria-valuenow", day ?? state.to);
  const usable = day !== null && state.chosen.length > 0;
  const words = usable ? dayWords(day) : "Point at the chart, or focus it and use the arrow keys, to read a day.";
  byId("readout").textContent = words;
  chart.setAttribute("aria-valuetext", words);
  if (!layer) return;
  layer.replaceChildren();
  if (!usable) return;
  const at = shape.x(day);
  layer.append(h("line", { class: "day", x1: at, x2: at, y1: MARGIN.top, y2: shape.bottom }));
  state.chosen.forEach((each, k) => {
    const value = series(each, state.smooth).prediction[day];
    if (!Number.isNaN(value)) layer.append(h("circle", { class: `spot s${k + 1}`, cx: at, cy: shape.y(value), r: 4 }));
  });
}

function dayWords(day) {
  const parts = state.chosen.map((each) => {
    const line = series(each, state.smooth),
      value = line.prediction[day];
    if (Number.isNaN(value)) return `${each.name}: no prediction`;
    const range = Number.isNaN(line.low[day]) ? "" : `, 90 % ${shown(line.low[day])} to ${shown(line.high[day])}`;
    const seen = Number.isNaN(line.observed[day]) ? "" : `, measured ${shown(line.observed[day])}`;
    return `${each.name}: ${shown(value)} ${UNIT} (${CLASSES[classOf(value)].name}${range}${seen})`;
  });
  return `${dated(day)}${state.smooth > 1 ? ` and the ${state.smooth - 1} days before` : ""} – ${parts.join("; ")}`;
}
