// The map: coastlines, a dot for each place, moved by mouse, wheel, touch, keys and buttons.

const coast = JSON.parse(byId("coastlines").textContent);
const map = byId("map"),
  tip = byId("tip");
const land = h("path", { class: "land", d: coast.map(outline).join("") });
const grid = h("g", { class: "grid" }),
  dots = h("g", { class: "dots" }),
  names = h("g", { class: "names" });
const cross = h("path", { class: "cross", d: "M-9,0H9M0,-9V9" });
const MIDDLE = MAPPED.length ? MAPPED.reduce((sum, each) => sum + each.lat, 0) / MAPPED.length : 0;
// A degree of longitude is shorter than one of latitude, by this at the places shown.
const SQUEEZE = Math.max(0.2, Math.cos((MIDDLE * Math.PI) / 180));
const FEW = 150,
  REACH = 18;
const dotOf = new Map();
let view = null,
  size = { width: 0, height: 0 },
  moved = false,
  pending = 0;

function outline(ring) {
  let path = `M${ring[0]},${ring[1]}l`;
  for (let k = 2; k < ring.length; k += 2) path += `${ring[k]},${ring[k + 1]} `;
  return `${path}z`;
}

function startMap() {
  if (!MAPPED.length) {
    byId("map-section").hidden = true;
    return;
  }
  map.append(h("g", {}, land), grid, dots, names, cross);
  for (const each of MAPPED) {
    const dot = h("g", { class: "dot" }, h("circle"), h("text", { class: "digit", dy: "0.35em" }));
    dotOf.set(each, dot);
    dots.append(dot);
  }
  new ResizeObserver(() => {
    measure();
    draw();
  }).observe(map);
  measure();
  view = view || whole();
  map.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.002), spot(event));
    },
    { passive: false },
  );
  map.addEventListener("pointerdown", grasp);
  map.addEventListener("pointermove", drag);
  for (const name of ["pointerup", "pointercancel"]) map.addEventListener(name, release);
  map.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  map.addEventListener("keydown", mapKey);
  const push = (x, y) => () => pan(x * size.width * 0.2, y * size.height * 0.2);
  const does = {
    "zoom-in": () => zoom(1.6),
    "zoom-out": () => zoom(1 / 1.6),
    "zoom-all": () => {
      view = whole();
      turned();
    },
    "pan-left": push(1, 0),
    "pan-right": push(-1, 0),
    "pan-up": push(0, 1),
    "pan-down": push(0, -1),
  };
  for (const [name, act] of Object.entries(does)) byId(name).addEventListener("click", act);
}

function measure() {
  const box = map.getBoundingClientRect();
  size = { width: box.width || 600, height: box.height || 400 };
  map.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
}

// A view: the middle of the map, and how many degrees of longitude it is wide.
function whole() {
  const lons = MAPPED.map((each) => each.lon),
    lats = MAPPED.map((each) => each.lat);
  const [west, east] = [Math.min(...lons), Math.max(...lons)],
    [south, north] = [Math.min(...lats), Math.max(...lats)];
  const wide = Math.max((east - west) * 1.15, (((north - south) * 1.2) / SQUEEZE) * (size.width / size.height), 0.4);
  return { lon: (west + east) / 2, lat: (south + north) / 2, wide: Math.min(wide, 400) };
}

const scale = () => size.width / view.wide;
const toX = (lon) => size.width / 2 + (lon - view.lon) * scale();
const toY = (lat) => size.height / 2 - ((lat - view.lat) * scale()) / SQUEEZE;

function turned() {
  view.lon = Math.max(-180, Math.min(180, view.lon));
  view.lat = Math.max(-85, Math.min(85, view.lat));
  view.wide = Math.max(0.05, Math.min(400, view.wide));
  moved = true;
  tip.hidden = true;
  if (!pending)
    pending = requestAnimationFrame(() => {
      pending = 0;
      draw();
    });
  remember();
}

function pan(x, y) {
  view.lon -= x / scale();
  view.lat += (y * SQUEEZE) / scale();
  turned();
}

// Zoom by a factor about a point, which stays where it is.
function zoom(factor, at = { x: size.width / 2, y: size.height / 2 }) {
  const x = at.x - size.width / 2,
    y = at.y - size.height / 2;
  const before = scale();
  view.wide = Math.max(0.05, Math.min(400, view.wide / factor));
  const gain = 1 / before - 1 / scale();
  view.lon += x * gain;
  view.lat -= y * gain * SQUEEZE;
  turned();
}

function spot(event) {
  const box = map.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

const held = new Map();
let travelled = 0;

function grasp(event) {
  if (event.button) return;
  try {
    map.setPointerCapture(event.pointerId);
  } catch {
    /* a made-up pointer */
  }
  if (!held.size) travelled = 0;
  held.set(event.pointerId, spot(event));
}

function drag(event) {
  const now = spot(event),
    was = held.get(event.pointerId);
  if (!was) {
    hint(now);
    return;
  }
  const others = [...held].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
  travelled += Math.hypot(now.x - was.x, now.y - was.y);
  held.set(event.pointerId, now);
  if (travelled < 4) return;
  if (others.length) {
    const far = (point) => Math.max(10, Math.hypot(point.x - others[0].x, point.y - others[0].y));
    zoom(far(now) / far(was), { x: (now.x + others[0].x) / 2, y: (now.y + others[0].y) / 2 });
    pan((now.x - was.x) / 2, (now.y - was.y) / 2);
  } else pan(now.x - was.x, now.y - was.y);
}

function release(event) {
  if (!held.delete(event.pointerId) || held.size || travelled >= 4 || event.type === "pointercancel") return;
  const near = nearest(spot(event), REACH);
  if (near) choose(near);
}

function mapKey(event) {
  const x = size.width * 0.15,
    y = size.height * 0.15;
  const does = {
    ArrowLeft: () => pan(x, 0),
    ArrowRight: () => pan(-x, 0),
    ArrowUp: () => pan(0, y),
    ArrowDown: () => pan(0, -y),
    "+": () => zoom(1.6),
    "=": () => zoom(1.6),
    "-": () => zoom(1 / 1.6),
    _: () => zoom(1 / 1.6),
    0: () => {
      view = whole();
      turned();
    },
    Enter: () => {
      const near = nearest({ x: size.width / 2, y: size.height / 2 }, Infinity);
      if (near) choose(near);
    },
  };
  const act = event.ctrlKey || event.metaKey || event.altKey ? null : does[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function nearest(point, reach) {
  let best = null,
    least = reach;
  for (const each of MAPPED) {
    const far = Math.hypot(toX(each.lon) - point.x, toY(each.lat) - point.y);
    if (far < least) {
      least = far;
      best = each;
    }
  }
  return best;
}

function hint(point) {
  const near = nearest(point, REACH);
  tip.hidden = !near;
  map.style.cursor = near ? "pointer" : "";
  if (!near) return;
  const x = toX(near.lon),
    y = toY(near.lat);
  tip.textContent = said(rowOf(near));
  tip.style.left = `${Math.max(4, Math.min(size.width - tip.offsetWidth - 4, x - tip.offsetWidth / 2))}px`;
  tip.style.top = `${y - tip.offsetHeight - 14 < 0 ? y + 14 : y - tip.offsetHeight - 14}px`;
}
