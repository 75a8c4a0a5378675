"""The cars' pages of the office, together with their photos and seasons."""

from app.fleet import photo_views, season_views
from app.fleet.cars_views import bp

#: Modules that add to the pages of `bp`.
PARTS = (photo_views, season_views)

__all__ = ["PARTS", "bp"]
