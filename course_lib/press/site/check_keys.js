// Which of the things that can be used the Tab key has reached. Called three times: to begin, to
// ask whether all are reached, and to name those that are not.
(step) => {
  const CAN = "a[href], button, input, select, textarea, summary, [tabindex]";
  const usable = (e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true })
    && e.getClientRects().length > 0 && !e.closest("[inert], dialog:not([open])");
  const name = (e) => `<${e.tagName.toLowerCase()}> ${
    (e.ariaLabel || e.textContent || e.title || e.name || "").trim().slice(0, 40)}`;
  if (step === "begin") {
    const wanted = new Set([...document.querySelectorAll(CAN)].filter(usable));
    window.courseReached = { wanted, first: null, round: false };
    document.addEventListener("focusin", (event) => {
      const reached = window.courseReached;
      if (event.target === reached.first) reached.round = true;
      reached.first ??= event.target;
      reached.wanted.delete(event.target);
    });
    return wanted.size;
  }
  const { wanted, round } = window.courseReached;
  return step === "done" ? wanted.size === 0 || round : [...wanted].filter(usable).map(name);
}
