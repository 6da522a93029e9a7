"""A widget that shows nothing and answers at once: what a message alone takes, and what a frame."""

import anywidget
import traitlets

# In the page: `await courseEcho()` ends when the kernel's answer to an empty message is there.
ESM = """export default { render({ model }) {
  let done = () => {};
  model.on("change:answered", () => done());
  window.courseEcho = () => new Promise((resolve) => {
    done = resolve;
    model.set("event", model.get("event") + 1);
    model.save_changes();
  });
} };"""
# In the page: [ms of a round trip, ms from there to the end of the next frame], one after another,
# with pauses of different lengths, so that they fall anywhere between two frames.
ECHOES = """async (events) => {
  const channel = new MessageChannel(); // its message arrives when the frame is done
  const frame = () => new Promise((done) => {
    channel.port1.onmessage = done;
    requestAnimationFrame(() => channel.port2.postMessage(0));
  });
  const times = [];
  for (let i = 0; i < events; i++) {
    await new Promise((done) => setTimeout(done, 60 + 7 * (i % 5)));
    const begun = performance.now();
    await window.courseEcho();
    const answered = performance.now();
    await frame();
    times.push([answered - begun, performance.now() - answered]);
  }
  return times;
}"""


class Echo(anywidget.AnyWidget):
    """The traits by which the course's canvas talks with its page, without a picture."""

    _esm = ESM
    event = traitlets.Int(0).tag(sync=True, echo_update=False)
    answered = traitlets.Int(0).tag(sync=True)

    @traitlets.observe("event")
    def _answer(self, change: dict) -> None:
        self.answered = change["new"]
