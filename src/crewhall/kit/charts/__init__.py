"""Drawing charts, in one process of its own."""

from crewhall.kit.charts.drawing import Drawing, Form, Picture

__all__ = ["Drawing", "Form", "Picture"]
