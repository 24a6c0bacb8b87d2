// Before the first paint: the theme that the reader chose, and word to the style sheets that scripts run.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    const kept = localStorage.getItem("theme");
    if (kept) root.dataset.theme = kept;
  } catch {
    // Storage is shut in some private windows: the system's theme is used.
  }
})();
