// Read by the classic notebook at its start. As soon as the notebook and a kernel are there it loads
// RISE, which starts the slides, and then runs the whole deck. (RISE by itself now and then comes
// before the notebook, and then does nothing; `live.py` switches that off.)
define(["base/js/namespace", "base/js/events"], (Jupyter, events) => {
  let begun = false;
  const begin = () => {
    const { notebook } = Jupyter;
    if (begun || !notebook?._fully_loaded || !notebook.kernel?.is_connected()) return;
    begun = true;
    notebook.set_autosave_interval(0);
    require(["nbextensions/rise/main"], (rise) => rise.load_ipython_extension());
    const wait = setInterval(() => { // widgets drawn before the slides stand would get lost
      if (!document.querySelector(".reveal.ready, .reveal .slides section.present")) return;
      clearInterval(wait);
      notebook.execute_all_cells();
    }, 200);
  };
  const measure = () => document.documentElement.style.setProperty(
    "--unit", `${Math.min(innerWidth / 640, innerHeight / 360)}px`);
  events.on("kernel_ready.Kernel notebook_loaded.Notebook", begin);
  addEventListener("resize", measure);
  measure();
  begin();
});
