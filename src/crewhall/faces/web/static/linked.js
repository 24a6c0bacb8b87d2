// A dialog that other pages lead to: /issues#report opens the page with its dialog. Then the address forgets it, or a reload would open it again.

/** `open()` runs when the address names `id`, now or later. */
export function openLinked(id, open) {
  const look = () => {
    if (location.hash !== `#${id}`) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    open();
  };
  addEventListener("hashchange", look);
  look();
}
