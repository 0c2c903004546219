// What the page knows: places with their days and values, classes, averages and moving averages.

const given = JSON.parse(document.getElementById("data").textContent);
const DAY = 864e5,
  FIRST = Date.parse(given.first),
  DAYS = given.days,
  UNIT = given.unit.shown;
const CLASSES = given.classes.map((each, k) => ({
  ...each,
  from: k ? given.unit.upper[k - 1] : 0,
  to: given.unit.upper[k],
}));
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LETTERS = new Int16Array(128);
[...given.alphabet].forEach((letter, k) => {
  LETTERS[letter.charCodeAt(0)] = k;
});

// Whole numbers of a packed text; the first letter says how many follow (see series.py).
function unpacked(text) {
  const base = given.alphabet.length,
    one = given.one,
    two = given.two,
    out = [];
  const second = one + two * base,
    third = second + base * base;
  for (let k = 0; k < text.length;) {
    const head = LETTERS[text.charCodeAt(k++)];
    const next = () => LETTERS[text.charCodeAt(k++)];
    if (head < one) out.push(head);
    else if (head < one + two) out.push(one + (head - one) * base + next());
    else {
      let number = next() * base + next();
      number = head === one + two ? second + number : third + number * base + next();
      out.push(number);
    }
  }
  return out;
}

// Values of a packed column: differences to the last known value; 0 where nothing is known.
function column(text, length) {
  const values = new Float64Array(length).fill(NaN);
  if (text === undefined) return values;
  let last = 0;
  unpacked(text).forEach((code, k) => {
    if (!code) return;
    last += code % 2 ? (code - 1) / 2 : -code / 2;
    values[k] = last;
  });
  return values;
}

function place(packed, number) {
  const days = [],
    steps = unpacked(packed.d);
  let day = 0;
  for (let k = 0; k < steps.length; k += 2) {
    day += steps[k];
    for (let left = steps[k + 1]; left > 0; left--) days.push(day++);
  }
  const n = days.length,
    prediction = column(packed.p, n),
    low = column(packed.l, n),
    high = column(packed.h, n);
  const observed = column(packed.o, n),
    models = packed.m === undefined ? null : column(packed.m, n);
  for (let k = 0; k < n; k++) {
    low[k] = (prediction[k] - low[k]) / 10;
    high[k] = (prediction[k] + high[k]) / 10;
    prediction[k] /= 10;
    observed[k] /= 10;
  }
  return {
    number,
    name: packed.name,
    city: packed.city,
    country: packed.country,
    id: packed.place,
    lat: packed.lat,
    lon: packed.lon,
    days,
    prediction,
    low,
    high,
    observed,
    models,
    hasObserved: packed.o !== undefined,
  };
}

const PLACES = given.places.map(place);
const MAPPED = PLACES.filter((each) => each.lat !== null && each.lon !== null);
const COUNTRIES = PLACES.some((each) => each.country);

// As the index has it: concentrations are cut off to a tenth, points are rounded.
function compared(value) {
  return given.unit.decimals ? Math.floor(value * 10 + 1e-6) / 10 : Math.floor(value + 0.5);
}

function classOf(value) {
  const at = compared(value),
    k = given.unit.upper.findIndex((upper) => at <= upper);
  return k < 0 ? CLASSES.length - 1 : k;
}

function rounded(value, decimals = given.unit.decimals) {
  const ten = 10 ** decimals,
    near = Math.round(value * ten) / ten;
  return classOf(near) === classOf(value) ? near : Math.floor(value * ten + 1e-6) / ten;
}

function shown(value) {
  return Number.isFinite(value) ? rounded(value).toFixed(given.unit.decimals).replace("-", "−") : "–";
}

const iso = (day) => new Date(FIRST + day * DAY).toISOString().slice(0, 10);
const dayOf = (text) => Math.round((Date.parse(text) - FIRST) / DAY);

function dated(day) {
  const date = new Date(FIRST + day * DAY);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

// The first position in sorted days that is not before a day.
function position(days, day) {
  let low = 0,
    high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle] < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The average of a place over a period, its days, and how many of these are of each class.
function averaged(each, from, to) {
  const counts = new Array(CLASSES.length).fill(0);
  let sum = 0,
    n = 0;
  for (let k = position(each.days, from); k < each.days.length && each.days[k] <= to; k++) {
    sum += each.prediction[k];
    counts[classOf(each.prediction[k])]++;
    n++;
  }
  return { place: each, days: n, average: n ? sum / n : NaN, shares: counts.map((count) => (n ? count / n : NaN)) };
}

// A mean over the last `width` days, where at least half of these have a value; one entry for each day of the file.
function moving(days, values, width) {
  const dense = new Float64Array(DAYS).fill(NaN),
    out = new Float64Array(DAYS).fill(NaN);
  days.forEach((day, k) => {
    dense[day] = values[k];
  });
  if (width === 1) return dense;
  for (let day = 0, sum = 0, n = 0; day < DAYS; day++) {
    if (!Number.isNaN(dense[day])) {
      sum += dense[day];
      n++;
    }
    const old = day - width;
    if (old >= 0 && !Number.isNaN(dense[old])) {
      sum -= dense[old];
      n--;
    }
    if (n * 2 >= width) out[day] = sum / n;
  }
  return out;
}

const smoothed = new Map();
// The series of a place as they are drawn.
function series(each, width) {
  const key = `${each.number}/${width}`;
  if (!smoothed.has(key)) {
    const of = (values) => moving(each.days, values, width);
    smoothed.set(key, {
      prediction: of(each.prediction),
      low: of(each.low),
      high: of(each.high),
      observed: of(each.observed),
    });
  }
  return smoothed.get(key);
}
