"""The settings: from `server.py`, the environment and the command line; the last one that sets a value counts."""

from .command import command_line, setting_options, settings_of, version_option
from .network_values import UNIX_PREFIX
from .picture_setting import PICTURES_AUTO, PICTURES_OFF, S3_SCHEME
from .room_names import ANY_ROOM
from .settings import SECRETS, SETTINGS, Settings, option_name, variable_name

__all__ = [
    "ANY_ROOM",
    "PICTURES_AUTO",
    "PICTURES_OFF",
    "S3_SCHEME",
    "SECRETS",
    "SETTINGS",
    "UNIX_PREFIX",
    "Settings",
    "command_line",
    "option_name",
    "setting_options",
    "settings_of",
    "variable_name",
    "version_option",
]
