// Read by the classic notebook at its start: runs the whole deck once, as soon as a kernel is there.
define(["base/js/namespace", "base/js/events"], (Jupyter, events) => {
  let ran = false;
  const run = () => {
    if (ran || !Jupyter.notebook?.kernel?.is_connected() || !Jupyter.notebook._fully_loaded) return;
    ran = true;
    Jupyter.notebook.set_autosave_interval(0);
    Jupyter.notebook.execute_all_cells();
  };
  events.on("kernel_ready.Kernel", run);
  events.on("notebook_loaded.Notebook", run);
  run();
});
