// Light or dark, as the reader chose; theme.js puts it on before the first paint.

const root = document.documentElement;

/** Wear this theme from now on; an empty word is what the system says. */
export function chooseTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Not kept in a private window; it holds for this page.
  }
}

/** The other one of the two. */
export function switchTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  chooseTheme(dark ? "light" : "dark");
}
