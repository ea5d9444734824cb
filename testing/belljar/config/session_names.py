"""Under which names a worker of pytest-xdist hands on what it knows of the settings."""

BAD_OUTPUT = "belljar_bad_settings"
PROFILE_OUTPUT = "belljar_profile"
