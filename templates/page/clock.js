// A clock to speak by: it ticks here, and tells the kernel once a second and when it is stopped.
const part = (tag, name, place) => {
  const made = document.createElement(tag);
  made.className = `prepkit-clock-${name}`;
  place.append(made);
  return made;
};

const time = (seconds) => {
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

const verdict = (seconds, shortest, longest, running) => {
  const whole = Math.floor(seconds);
  if (longest && whole > longest) return `, ${time(whole - longest)} too long`;
  if (whole < shortest) return `, ${time(shortest - whole)} ${running ? "to go" : "too short"}`;
  return shortest || longest ? ", fits" : "";
};

const wanted = (shortest, longest) => {
  if (shortest && longest) return `${shortest} to ${time(longest)}`;
  return longest ? `at most ${time(longest)}` : shortest ? `at least ${time(shortest)}` : "";
};

export default () => {
  let began = 0;
  let beat = 0;
  const spent = () => Math.round((performance.now() - began) / 100) / 10;

  return {
    initialize({ model }) {
      const turn = (already) => {
        clearInterval(beat);
        if (!model.get("running")) return;
        began = performance.now() - 1000 * already;
        beat = setInterval(() => { model.set("seconds", spent()); model.save_changes(); }, 1000);
      };
      model.on("change:running", () => turn(0));
      turn(model.get("seconds")); // a page that was loaded again while somebody was speaking
      return () => clearInterval(beat);
    },

    render({ model, el }) {
      const root = part("div", "row", el);
      root.setAttribute("role", "group");
      root.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take Enter for itself
      const label = part("span", "label", root);
      label.id = `prepkit-clock-${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
      root.setAttribute("aria-labelledby", label.id);
      const button = part("button", "button", root);
      button.type = "button";
      const told = part("span", "told", root);
      const digits = part("span", "time", told);
      digits.setAttribute("role", "timer");
      digits.setAttribute("aria-live", "off");
      const result = part("span", "result", told);
      result.setAttribute("role", "status");
      const track = part("span", "track", root);
      track.setAttribute("aria-hidden", "true"); // the same in words stands beside it
      const window_ = part("span", "window", track);
      const needle = part("span", "needle", track);
      const aim = part("span", "aim", root);

      const draw = () => {
        const [running, shortest, longest] = ["running", "shortest", "longest"].map((name) => model.get(name));
        const seconds = running ? spent() : model.get("seconds");
        const words = verdict(seconds, shortest, longest, running);
        const stopped = !running && seconds > 0;
        label.textContent = model.get("label");
        button.textContent = running ? "Stop" : "Start";
        digits.textContent = stopped ? "" : time(seconds) + (running ? words : "");
        const said = stopped ? time(seconds) + words : "";
        if (result.textContent !== said) result.textContent = said; // announced once, when it is stopped
        const room = 1.5 * (longest || shortest);
        track.hidden = !room;
        aim.textContent = wanted(shortest, longest);
        const place = (value) => `${Math.min(100, (100 * value) / (room || 1))}%`;
        window_.style.left = place(shortest);
        window_.style.right = longest ? `calc(100% - ${place(longest)})` : "0";
        needle.style.left = place(seconds);
      };
      button.addEventListener("click", () => {
        const running = !model.get("running");
        model.set({ seconds: running ? 0 : spent(), running });
        model.save_changes();
      });
      const names = ["label", "running", "seconds", "shortest", "longest"].map((name) => `change:${name}`);
      for (const name of names) model.on(name, draw);
      const frames = setInterval(() => { if (model.get("running")) draw(); }, 100);
      draw();
      return () => {
        clearInterval(frames);
        for (const name of names) model.off(name, draw);
      };
    },
  };
};
