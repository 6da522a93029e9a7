// Read by the classic notebook at its start. It brings the deck to the state in which slides stand
// and their cells have run, and looks again and again whether it is still so: the order of the
// notebook's events varies, and with the machine their pace. Each step is taken only where its
// effect is missing, so it does no harm to take it twice. RISE starts nothing by itself (`live.py`).
define(["base/js/namespace"], (Jupyter) => {
  const VIEW = "application/vnd.jupyter.widget-view+json";
  // What draws widgets. The notebook loads it too, and does not say when it is there; a widget that
  // comes before is not drawn.
  const PARTS = ["nbextensions/jupyter-js-widgets/extension", "nbextensions/anywidget/extension"];
  let parts = false;
  const within = window.parent !== window; // RISE's notes show the deck in frames: one runs it
  let asked = false; // for RISE
  let wanted = true; // until the lecturer leaves the slides
  let ran = false;
  let settling = null; // the widget manager that we have asked
  let settled; // the one that has answered
  let entered = 0;
  let patience = 30000;

  const on = () => document.querySelector("#maintoolbar.reveal_tagging");
  const standing = () => on() && document.querySelector(".reveal .slides section.present");
  const actions = () => Jupyter.notebook.keyboard_manager.actions;
  const turn = () => actions().call("RISE:slideshow"); // in or out, as RISE has it
  const load = (modules, act) => require(modules, act, (problem) => { // lost on the way: again
    (problem.requireModules || []).forEach((module) => require.undef(module));
    setTimeout(() => load(modules, act), 1000);
  });
  // A new widget manager first asks the kernel which widgets it has, and draws them all anew when
  // the answer comes. That must not be after our cells have begun, or what they draw is lost. We ask
  // the same once more: answers come in order, so ours comes last.
  const settle = () => {
    const { kernel } = Jupyter.notebook;
    const manager = kernel?.is_connected() && kernel.widget_manager;
    if (!manager || manager === settling) return;
    settling = manager;
    const done = () => setTimeout(() => { settled = manager; }, 300);
    manager._loadFromKernel().then(done, done);
  };
  const canRun = () => {
    const { kernel } = Jupyter.notebook;
    const code = Jupyter.notebook.get_cells().find((cell) => cell.cell_type === "code");
    return parts && kernel?.is_connected() && kernel.widget_manager === settled && code
      && code.output_area.mime_types().includes(VIEW);
  };

  const step = () => {
    if (!Jupyter.notebook?._fully_loaded) return;
    settle();
    if (!asked) {
      asked = true;
      Jupyter.notebook.set_autosave_interval(0);
      load(["nbextensions/rise/main"], (rise) => rise.load_ipython_extension());
      load(PARTS, () => { parts = true; });
    } else if (!within && wanted && actions().exists("RISE:slideshow")) {
      if (!on()) {
        turn();
        entered = Date.now();
      } else if (!standing() && Date.now() - entered > patience) {
        patience *= 2; // it was begun and something was lost on the way: once more from the start
        turn();
      } else if (standing() && !ran && canRun()) {
        ran = true;
        Jupyter.notebook.execute_all_cells();
      }
    }
  };
  setInterval(step, 200);

  // Alt-R leaves the slides, or comes back to them.
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || !event.altKey || event.code !== "KeyR") return;
    event.preventDefault(); // Jupyter would not hear it while a slider has the keyboard
    event.stopImmediatePropagation();
    wanted = !on();
    if (!wanted) turn(); // coming back is up to `step`
  }, true);
  addEventListener("click", (event) => {
    if (event.isTrusted && event.target.closest("#exit_b, #RISE")) wanted = !on();
  }, true);

  const measure = () => document.documentElement.style.setProperty(
    "--unit", `${Math.min(innerWidth / 640, innerHeight / 360)}px`);
  addEventListener("resize", measure);
  measure();
});
