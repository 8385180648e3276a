"""The core of the page in Firefox and WebKitGTK, which `make browsers` installs. Each driver speaks its browser's own
protocol: neither needs a program of a third party between.
"""
