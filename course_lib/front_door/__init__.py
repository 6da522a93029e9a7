"""What start.py does. Nothing here needs more than a bare Python.

`pythons` says which Python fits, `environment` makes .venv, `installing` fills it, `setting_up`
puts the steps in order, `serving` opens the course and `testing` runs what continuous integration
runs. `processes` sees to it that whatever they start ends with them.
"""
