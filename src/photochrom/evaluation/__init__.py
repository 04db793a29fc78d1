"""Measuring colorized photographs: measures and their pooling, intervals, features, protocols, reports."""
