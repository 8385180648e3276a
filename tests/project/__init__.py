"""The project itself: its docs, its tools, its layers, what it promises."""
