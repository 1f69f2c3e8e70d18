"""What the pages that the benches write have in common: the host, numbers, tables."""
import os
import re


def host_description():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="(.*)"$', file.read(), re.M)
    kernel = re.match(r"\d+\.\d+", os.uname().release).group()
    return (f"{model.group(1) if model else 'unknown processor'}, {os.cpu_count()} processors, "
            f"Linux {kernel}, {system.group(1) if system else 'unknown system'}")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if value < 10 else f"{value:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
