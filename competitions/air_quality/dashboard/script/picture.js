// What the map shows: land, grid, dots and names.

function draw() {
  if (!view) return;
  const k = scale();
  const turn = [k / 10, 0, 0, -k / SQUEEZE / 10, toX(0), toY(0)];
  land.setAttribute("transform", `matrix(${turn.join(",")})`);
  drawGrid();
  const seen = MAPPED.map((each) => ({ each, x: toX(each.lon), y: toY(each.lat) })).filter(
    ({ x, y }) => x > -10 && y > -10 && x < size.width + 10 && y < size.height + 10,
  );
  const digits = seen.length <= FEW;
  map.classList.toggle("many", !digits);
  for (const dot of dotOf.values()) dot.setAttribute("display", "none");
  for (const { each, x, y } of seen) {
    const dot = dotOf.get(each),
      row = rowOf(each),
      mark = state.chosen.indexOf(each);
    const colours = row.enough ? CLASSES[classOf(row.average)] : { colour: "var(--panel)", ink: "var(--muted)" };
    dot.removeAttribute("display");
    dot.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
    dot.setAttribute("class", `dot${row.enough ? "" : " few"}${mark < 0 ? "" : ` picked s${mark + 1}`}`);
    const [circle, digit] = dot.children;
    // Where there is no room for digits, the size says the class as well.
    circle.setAttribute("r", mark >= 0 ? 10 : digits ? 8 : row.enough ? 3.5 + 0.8 * classOf(row.average) : 3);
    circle.style.fill = colours.colour;
    digit.style.fill = colours.ink;
    digit.textContent = row.enough ? classOf(row.average) + 1 : "–";
  }
  for (const each of state.chosen) if (dotOf.has(each)) dots.append(dotOf.get(each));
  drawNames(seen, digits ? 9 : 6);
  cross.setAttribute("transform", `translate(${size.width / 2},${size.height / 2})`);
  map.setAttribute("aria-label", `Map of averages: ${seen.length} of ${MAPPED.length} places in view`);
}

function drawGrid() {
  const step = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find((each) => each * scale() < 170) || 0.01;
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0,
    parts = [];
  const degrees = (value, ends) => `${Math.abs(value).toFixed(digits)}°${value ? ends[value < 0 ? 0 : 1] : ""}`;
  for (let k = Math.ceil((view.lon - view.wide / 2) / step); k * step <= view.lon + view.wide / 2; k++) {
    if (Math.abs(k * step) > 180.001) continue;
    const x = toX(k * step);
    parts.push(
      h("line", { x1: x, x2: x, y1: 0, y2: size.height }),
      h("text", { x: x + 3, y: size.height - 5 }, degrees(k * step, "WE")),
    );
  }
  const tall = ((size.height / scale()) * SQUEEZE) / 2;
  for (let k = Math.ceil((view.lat - tall) / step); k * step <= view.lat + tall; k++) {
    if (Math.abs(k * step) > 90.001) continue;
    const y = toY(k * step);
    parts.push(
      h("line", { x1: 0, x2: size.width, y1: y, y2: y }),
      h("text", { x: 4, y: y - 4 }, degrees(k * step, "SN")),
    );
  }
  grid.replaceChildren(...parts);
}

// Names where they have room; the chosen places' come first, and a city's once.
function drawNames(seen, away) {
  const taken = seen.map(({ x, y }) => [x - away, y - away, x + away, y + away]),
    parts = [],
    used = new Set();
  const free = (box) => taken.every(([a, b, c, d]) => box[2] < a || box[0] > c || box[3] < b || box[1] > d);
  const first = [...seen].sort((a, b) => state.chosen.includes(b.each) - state.chosen.includes(a.each));
  for (const { each, x, y } of first) {
    const picked = state.chosen.includes(each),
      name = each.city || each.name;
    if (parts.length >= 40 || (!picked && used.has(name))) continue;
    const wide = name.length * 6.6 + 4;
    const beside = away + (picked ? 6 : 3);
    for (const [left, end] of [
      [x + beside, "start"],
      [x - beside - wide, "end"],
    ]) {
      const box = [left, y - 7, left + wide, y + 7];
      if (left < 0 || left + wide > size.width || !free(box)) continue;
      taken.push(box);
      used.add(name);
      parts.push(
        h(
          "text",
          {
            x: end === "start" ? left : left + wide,
            y,
            dy: "0.35em",
            "text-anchor": end,
            class: picked ? "picked" : "",
          },
          name,
        ),
      );
      break;
    }
  }
  names.replaceChildren(...parts);
}
