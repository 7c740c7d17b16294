"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const wanted = document.getElementById("wanted");
  const chips = all(".chip");

  const filter = () => {
    const words = wanted.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const shown = new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true")
      .map((chip) => chip.dataset.outcome));
    const rows = all("#matrix tbody tr");
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !shown.has(row.dataset.outcome) || !words.every((word) => text.includes(word));
    }
    document.getElementById("none").hidden = rows.some((row) => !row.hidden);
  };
  wanted?.addEventListener("input", filter);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  for (const button of all(".copy")) {
    button.addEventListener("click", async () => {
      await copy(button.parentElement.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; };
  document.getElementById("theme").addEventListener("click", theme);

  const failures = all(".failure");
  const open = (failure) => {
    if (!failure) return;
    failure.open = true;
    failure.scrollIntoView({ block: "start" });
    failure.querySelector("summary").focus({ preventScroll: true });
  };
  const next = (by) => {
    const at = failures.findIndex((failure) => failure.contains(document.activeElement));
    open(failures[at < 0 ? (by > 0 ? 0 : failures.length - 1)
      : Math.min(failures.length - 1, Math.max(0, at + by))]);
  };
  const toggle = () => {
    const every = failures.every((failure) => failure.open);
    for (const failure of failures) failure.open = !every;
  };
  const keys = { n: () => next(1), p: () => next(-1), e: toggle, t: theme };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === wanted) {
      if (event.key === "Escape") { wanted.value = ""; filter(); wanted.blur(); }
      return;
    }
    if (event.key === "/" && wanted) { event.preventDefault(); wanted.focus(); } else keys[event.key]?.();
  });

  // The rows of a long picture lie in templates, each unfolded when the row before it comes near.
  const unfold = (template) => template.replaceWith(template.content);
  const unfoldNear = (template) => {
    if (template?.localName !== "template") return;
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      near.disconnect();
      const following = template.nextElementSibling;
      unfold(template);
      unfoldNear(following);
    }, { rootMargin: "1500px" });
    near.observe(template.previousElementSibling);
  };
  for (const picture of all(".picture")) unfoldNear(picture.querySelector("template"));

  const named = () => open(failures.find((failure) => `#${failure.id}` === location.hash));
  addEventListener("hashchange", named);
  if (location.hash) named();
  addEventListener("beforeprint", () => {
    for (const failure of failures) failure.open = true;
    for (const template of all("template")) unfold(template);
  });
})();
