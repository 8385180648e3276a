"""Slack's short names of emoji, such as `:fire:`, that programs write of builds and alerts.

Slack has many more, which stay as they are.
"""

from __future__ import annotations

_NAMES = """
white_check_mark ✅  heavy_check_mark ✔️  ballot_box_with_check ☑️  x ❌  heavy_multiplication_x ✖️
no_entry ⛔  no_entry_sign 🚫  octagonal_sign 🛑  warning ⚠️  exclamation ❗  bangbang ‼️  question ❓
information_source ℹ️  rotating_light 🚨  fire 🔥  boom 💥  sos 🆘  skull 💀  bug 🐛  red_circle 🔴
large_orange_circle 🟠  large_yellow_circle 🟡  large_green_circle 🟢  large_blue_circle 🔵
white_circle ⚪  black_circle ⚫  bell 🔔  no_bell 🔕  mega 📣  loudspeaker 📢  rocket 🚀  tada 🎉
sparkles ✨  star ⭐  zap ⚡  bulb 💡  package 📦  label 🏷️  lock 🔒  key 🔑  wrench 🔧  hammer 🔨
hammer_and_wrench 🛠️  gear ⚙️  construction 🚧  recycle ♻️  arrows_counterclockwise 🔄  hourglass ⌛
hourglass_flowing_sand ⏳  stopwatch ⏱️  alarm_clock ⏰  calendar 📅  mag 🔍  memo 📝  spiral_note_pad 🗒️
clipboard 📋  link 🔗  pushpin 📌  chart_with_upwards_trend 📈  chart_with_downwards_trend 📉
bar_chart 📊  computer 💻  desktop_computer 🖥️  floppy_disk 💾  cloud ☁️  sunny ☀️  robot_face 🤖
eyes 👀  wave 👋  point_right 👉  arrow_right ➡️  arrow_up ⬆️  arrow_down ⬇️  +1 👍  thumbsup 👍  -1 👎
thumbsdown 👎  ok_hand 👌  clap 👏  raised_hands 🙌  pray 🙏  heart ❤️  green_heart 💚  broken_heart 💔
"""
_WORDS = _NAMES.split()

EMOJI = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
