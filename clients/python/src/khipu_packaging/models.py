"""The values that go to the daemon and come from it, as frozen dataclasses."""

from ._proto.models import *
