// Read by the classic notebook before all else. Its modules may take as long as the machine needs:
// after 30 seconds it would go on without them, say without the one that draws widgets.
requirejs.config({ waitSeconds: 0 });
