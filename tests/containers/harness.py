"""What tests/run-docker, run-podman and run-containerd share: the command line, the cage, the count
of what is left, the file of results that the table is made from."""
import argparse
import importlib
import json
import os
import sys
import time

import cage
import images
import leaks
import rows

BUILD = os.environ.get("BUILD", "build")
KNOWN = "tests/containers/known"


def known():
    """tests/containers/known: ENGINE/ROW | RUNTIME | REASON, a line each."""
    found = {}
    if os.path.exists(KNOWN):
        with open(KNOWN, encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    name, runtime, reason = (part.strip() for part in line.split("|", 2))
                    found[name, runtime] = reason
    return found


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--rootless", action="store_true")
    parser.add_argument("--runtime", action="append")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", "2")))
    parser.add_argument("rows", nargs="*")
    return parser.parse_args()


def save(engine, results):
    """Adds to the results of the last full runs, for tests/containers/table."""
    path = f"{BUILD}/tests/containers/results-{engine.name.replace(' ', '-')}.json"
    table = [{"row": r.name, "group": r.group, "engine": engine.name,
              **{runtime: results[r.name, runtime][0] or "ok" for runtime in ("runc", "pith")},
              "differs": results[r.name, "pith"][1] or results[r.name, "runc"][1]}
             for r in rows.ROWS if (r.name, "pith") in results and (r.name, "runc") in results]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)


def choose(arguments, modules, only):
    """The rows to run; `only` is a file like podman-rows."""
    names = None
    if only:
        names = {}
        with open(only, encoding="utf-8") as file:
            for line in file:
                name, _, never = line.strip().partition(" | ")
                if name and not name.startswith("#") and not (arguments.rootless and never):
                    names[name.removesuffix(" !")] = name.endswith(" !")
        unknown = set(names) - {r.name for r in rows.ROWS}
        if unknown:
            raise SystemExit(f"not ok {only}: no such row: {unknown}")
    chosen = [r for r in rows.ROWS if r.function.__module__ in modules and
              (names is None or r.name in names)]
    if arguments.rows:
        return [r for r in chosen if any(word in r.name for word in arguments.rows)]
    return [r for r in chosen if arguments.all or (names[r.name] if names else r.quick)]


def main(engine_class, modules, only=None):
    arguments = parse()
    why = cage.missing("unshare", *engine_class.programs)
    if why:
        print(f"skip {engine_class.name}: {why}")
        return
    if not os.environ.get("PITH_CAGE"):
        images.make()
    cage.enter()
    if arguments.soak:
        modules, arguments.all, arguments.jobs = ["rows_soak"], True, 1
    for module in modules:
        importlib.import_module(module)
    chosen = choose(arguments, modules, only)
    runtimes = arguments.runtime or ["runc", "pith"]
    pith_oci = f"{BUILD}/bin/pith-oci"
    if "pith" in runtimes and not os.path.exists(pith_oci):
        print(f"not ok {engine_class.name}: {pith_oci} is missing: run make first")
        runtimes.remove("pith")
    engine = engine_class(pith_oci)
    try:
        engine.begin()
        for file in images.files():
            engine.load(file)
        engine.prepare()
    except OSError as error:
        print(f"not ok {engine.name} starts: {' '.join(str(error).split())[-500:]}")
        engine.end()
        sys.exit(1)
    before, begun = leaks.snapshot(), time.monotonic()
    results = rows.play(chosen, engine, runtimes, arguments.jobs, known())
    print(f"   {len(chosen)} rows in {time.monotonic() - begun:.1f} s", flush=True)
    if arguments.soak:  # the row about killed runtimes says which groups they leave
        before["control group"] = leaks.snapshot()["control group"]
    good = leaks.report(f"{engine.name}: nothing is left", before)
    engine.end()
    if arguments.all and not arguments.rows and not arguments.soak and len(runtimes) == 2:
        save(engine, results)
    sys.exit(0 if good and not any(
        wrong and not wrong.startswith("known: ") for wrong, _ in results.values()) else 1)
