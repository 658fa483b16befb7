"use strict";
(() => {
  const STEP = 50;
  const MORE = 200;
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const table = at("jobs-table");
  const state = { sorted: -1, descending: false, shown: STEP };

  const theme = at("theme-choice");
  const remembered = (() => {
    try { return localStorage.getItem("rayjobs-theme") || ""; } catch { return ""; }
  })();
  const color = (choice) => {
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
  };
  theme.value = ["light", "dark"].includes(remembered) ? remembered : "";
  color(theme.value);
  theme.addEventListener("change", () => {
    color(theme.value);
    try { localStorage.setItem("rayjobs-theme", theme.value); } catch { /* not kept, then */ }
  });
  at("theme").hidden = false;
  if (!table) return;

  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const text = (cell) => {
    if (cell === null) return "";
    if (typeof cell === "number") return cell.toLocaleString("en");
    return Array.isArray(cell) ? cell[0] : cell;
  };
  const key = (cell, kind) => {
    if (cell === null || cell === "") return null;
    if (Array.isArray(cell)) return kind === "state" ? cell[0] : cell[1];
    return cell;
  };
  const rows = data.jobs.map((cells) => ({
    cells,
    words: cells.map(text).join("\n").toLowerCase(),
  }));
  const stateAt = data.kinds.indexOf("state");

  const cellOf = (cell, kind, at) => {
    const made = document.createElement(at === 0 ? "th" : "td");
    if (at === 0) made.scope = "row";
    const words = text(cell);
    if (kind === "state") {
      const marked = document.createElement("span");
      marked.className = `state ${cell[1]}`;
      marked.textContent = words;
      made.append(marked);
    } else {
      made.className = kind;
      made.textContent = words;
    }
    return made;
  };
  const rowOf = (row) => {
    const made = document.createElement("tr");
    made.append(...row.cells.map((cell, at) => cellOf(cell, data.kinds[at], at)));
    return made;
  };

  const compare = (one, other) => {
    const kind = data.kinds[state.sorted];
    const a = key(one.cells[state.sorted], kind);
    const b = key(other.cells[state.sorted], kind);
    if (a === null || b === null) return (a === null) - (b === null);
    const order = a < b ? -1 : a > b ? 1 : 0;
    return state.descending ? -order : order;
  };
  const chosen = () => {
    const wanted = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = at("state").value;
    return rows.filter((row) =>
      (!only || row.cells[stateAt][0] === only) && wanted.every((word) => row.words.includes(word)));
  };
  const number = (count) => count.toLocaleString("en");

  const inWords = (shown, found) => {
    const all = number(rows.length);
    const jobs = rows.length === 1 ? "job" : "jobs";
    if (found === shown) return found === rows.length ? `${all} ${jobs}` : `${number(found)} of ${all} ${jobs}`;
    const chosen = found === rows.length ? "" : ` (${all} in all)`;
    return `The first ${number(shown)} of ${number(found)} ${jobs}${chosen}`;
  };
  const show = () => {
    const found = chosen();
    if (state.sorted >= 0) found.sort(compare);
    const shown = found.slice(0, state.shown);
    body.replaceChildren(...shown.map(rowOf));
    at("count").textContent = inWords(shown.length, found.length);
    const left = found.length - shown.length;
    at("more").hidden = left === 0;
    at("more-button").textContent = `Show ${number(Math.min(MORE, left))} more`;
  };
  const anew = () => {
    state.shown = STEP;
    show();
  };

  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      state.descending = state.sorted === index && !state.descending;
      state.sorted = index;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      anew();
    });
    head.replaceChildren(button);
  });
  at("search").addEventListener("input", anew);
  at("state").addEventListener("change", anew);
  at("more-button").addEventListener("click", () => {
    const next = state.shown;
    state.shown += MORE;
    show();
    const first = body.rows[next];
    if (first) {
      first.tabIndex = -1;
      first.focus();
    }
  });

  const counts = new Map();
  for (const row of rows) {
    const name = row.cells[stateAt][0];
    counts.set(name, (counts.get(name) || 0) + 1);
  }
  const choices = [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  at("state").append(new Option("any", ""));
  at("state").append(...choices.map(([name, count]) => new Option(`${name} (${number(count)})`, name)));
  show();
  at("controls").hidden = false;
  table.parentElement.hidden = false;
})();
