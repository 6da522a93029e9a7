// Read by the classic notebook at its start. When the notebook and a kernel are there it loads RISE,
// which starts the slides, and then runs the whole deck. It looks again and again, because the order
// of the notebook's events varies. (RISE by itself now and then comes before the notebook, and then
// does nothing; `live.py` switches that off. Widgets drawn before the slides stand would get lost.)
define(["base/js/namespace"], (Jupyter) => {
  const when = (ready, act) => {
    const timer = setInterval(() => {
      if (!ready()) return;
      clearInterval(timer);
      act();
    }, 200);
  };
  const loaded = () => Jupyter.notebook?._fully_loaded && Jupyter.notebook.kernel?.is_connected();
  const standing = () => document.querySelector(".reveal .slides section.present");
  when(loaded, () => {
    Jupyter.notebook.set_autosave_interval(0);
    require(["nbextensions/rise/main"], (rise) => rise.load_ipython_extension());
    const again = setInterval(() => { // a busy machine: RISE has been loaded and has not begun
      if (!standing() && Jupyter.actions.exists("RISE:slideshow")) {
        Jupyter.actions.call("RISE:slideshow");
      }
    }, 15000);
    when(standing, () => {
      clearInterval(again);
      Jupyter.notebook.execute_all_cells();
    });
  });
  const measure = () => document.documentElement.style.setProperty(
    "--unit", `${Math.min(innerWidth / 640, innerHeight / 360)}px`);
  addEventListener("resize", measure);
  measure();
});
