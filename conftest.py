"""For every pytest run: shapes and types are checked, and nbval is guarded."""

from jaxtyping import install_import_hook

# Before anything of course_lib is imported: only modules that come later are checked. As in all of
# Python, an int may stand where a float is asked for.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
install_import_hook("course_lib", CHECKER)

pytest_plugins = ["course_lib.notebooks.guard"]
