"""What everything stands on: the device, the settings, files, and how errors are told."""
