// Tables as text, and text as a file.

// A spreadsheet would run a text that begins like a formula.
function cell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const line = (cells) => `${cells.map(cell).join(",")}\r\n`;

const KEYS = ["place", "city", "country", "lat", "lon"];
const keysOf = (each) => [each.id || each.name, each.city, each.country, each.lat ?? NaN, each.lon ?? NaN];

// Averages as the table shows them.
function tableCsv(rows, from, to) {
  const shares = CLASSES.map((each) => `share_${each.name.toLowerCase().replaceAll(" ", "_")}`);
  const head = [...KEYS, "from", "to", "days", "days_in_period", "average", "aqi_class", "unit", ...shares];
  return (
    line(head) +
    rows
      .map((row) =>
        line([
          ...keysOf(row.place),
          iso(from),
          iso(to),
          row.days,
          to - from + 1,
          row.enough ? rounded(row.average, 2) : NaN,
          row.enough ? CLASSES[classOf(row.average)].name : "",
          given.unit.unit,
          ...row.shares.map((share) => Math.round(share * 1e4) / 1e4),
        ]),
      )
      .join("")
  );
}

// Days of places as lines of text, a place at a time: all of them together may be too long for one text.
function daysCsv(places, from, to, width) {
  const observed = places.some((each) => each.hasObserved);
  const head = [...KEYS, "date", "prediction", "low", "high", "aqi_class", "unit", "model_id"];
  const parts = [line([...head, "mean_of_days", ...(observed ? ["observed"] : [])])];
  for (const each of places) {
    const lines = series(each, width),
      known = new Map(each.days.map((day, k) => [day, k])),
      keys = keysOf(each);
    let model = 0;
    for (let day = 0; day <= to; day++) {
      if (each.models && known.has(day)) model = each.models[known.get(day)];
      const value = lines.prediction[day];
      if (day < from || Number.isNaN(value)) continue;
      parts.push(
        line([
          ...keys,
          iso(day),
          rounded(value, 2),
          two(lines.low[day]),
          two(lines.high[day]),
          CLASSES[classOf(value)].name,
          given.unit.unit,
          given.models[model],
          width,
          ...(observed ? [two(lines.observed[day])] : []),
        ]),
      );
    }
    if (places.length > 4) smoothed.delete(`${each.number}/${width}`);
  }
  return parts;
}

const two = (value) => Math.round(value * 100) / 100;

function save(name, parts) {
  // The mark at the beginning tells Excel that it is UTF-8.
  const address = URL.createObjectURL(new Blob(["\ufeff", ...parts], { type: "text/csv;charset=utf-8" }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
