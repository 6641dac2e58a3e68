"""Charts: the data, what the server draws of it, and Plotly for whoever wants to look closer."""

from gateway.web.charts.chart_data import line, months, shares, spending, spending_rows
from gateway.web.charts.drawings import draw_columns, draw_line

__all__ = ["draw_columns", "draw_line", "line", "months", "shares", "spending", "spending_rows"]
