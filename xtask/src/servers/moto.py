"""moto_server without its list of every object that was ever made: it is for the dashboard, and frees nothing that was deleted."""

from moto.core.common_models import BaseModel
from moto.server import main

BaseModel.__new__ = lambda cls, *args, **kwargs: object.__new__(cls)
main()
