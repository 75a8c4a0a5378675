"""Where the pages of the settings are, for the files that make them."""

from flask import Blueprint

PAGE = "/admin/settings"
bp = Blueprint("settings", __name__)
