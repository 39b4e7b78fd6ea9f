"use strict";
/* The reviewer's page: memory first, then the themes, then a file. Nothing is sent and nothing is kept in the browser. */
(() => {
  const at = (id) => document.getElementById(id);
  const text = (id) => at(id).value.trim();
  const lines = (id) => at(id).value.split("\n").map((line) => line.trim()).filter(Boolean);
  const marked = (set) => set.querySelector("input[type=radio]:checked");
  const picked = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
  const themes = [...document.querySelectorAll("fieldset[data-theme]")];
  let saved = true;

  const today = new Date();
  const two = (number) => String(number).padStart(2, "0");
  at("day").value = `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}`;

  document.addEventListener("input", () => { saved = false; at("done").textContent = ""; });
  window.addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });

  at("show").addEventListener("click", () => {
    const missing = !text("said");
    at("said-fault").textContent = missing ? "Write down first what you remember. “Nothing” is an answer, too." : "";
    if (missing) { at("said").focus(); return; }
    at("said").readOnly = true;
    at("show").hidden = true;
    at("locked").hidden = false;
    at("themes").hidden = false;
    at("themes-heading").focus();
  });

  const faults = () => {
    const found = [];
    const fault = (where, what) => found.push([where, what]);
    const places = new Map();
    themes.forEach((set, index) => {
      const mark = marked(set), place = set.querySelector("select").value, name = `Theme ${index + 1}`;
      if (!mark) fault(set.querySelector("input"), `${name}: choose heard, partly or not heard.`);
      if (place && mark && mark.value === "not heard") fault(set.querySelector("select"), `${name}: what was not heard has no place.`);
      if (place && places.has(place)) fault(set.querySelector("select"), `${name}: ${places.get(place)} has the same place.`);
      if (place) places.set(place, name);
    });
    const seconds = at("seconds");
    if (!seconds.validity.valid) fault(seconds, "Seconds: a whole number from 0 to 600, or nothing.");
    if (!/^\d{4}-\d\d-\d\d$/.test(at("day").value)) fault(at("day"), "Day: give the day of the conversation.");
    for (const [id, most, longest] of [["unexpected", 20, 300], ["asked", 40, 1000]]) {
      const given = lines(id), name = document.querySelector(`label[for=${id}]`).firstChild.textContent.trim();
      if (given.length > most) fault(at(id), `${name} At most ${most} lines.`);
      if (given.some((line) => line.length > longest)) fault(at(id), `${name} A line has at most ${longest} characters.`);
    }
    return found;
  };

  at("save").addEventListener("click", () => {
    const found = faults();
    at("faults").textContent = found.map(([, what]) => what).join("\n");
    at("done").textContent = "";
    if (found.length) { found[0][0].focus(); return; }
    const answer = {
      format: 1, day: at("day").value, kind: picked("kind"), listener: text("listener"), when: picked("when"),
      said: text("said"), seconds: at("seconds").value === "" ? null : Number(at("seconds").value),
      themes: themes.map((set) => {
        const place = set.querySelector("select").value;
        return { theme: set.dataset.theme, heard: marked(set).value, place: place ? Number(place) : null };
      }),
      unexpected: lines("unexpected"), asked: lines("asked").map((question) => ({ question })),
    };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 1) + "\n"], { type: "application/json" }));
    link.download = `debrief-${answer.day}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    saved = true;
    at("done").textContent = `Saved as ${link.download} where your browser keeps downloads. Please send that file back.`;
  });
})();
