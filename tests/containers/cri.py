"""A client of Kubernetes' container runtime interface (runtime.v1), as small as the tests need: the
messages are written and read by hand from the tables below, gRPC is python3-grpcio's.

A message is a dict; a table says for each field its number and kind: "s" string or bytes, "i"
number, a table for a message, [kind] for repeated, {} with two kinds for a map.
"""
import grpc

MAP = {"key": (1, "s"), "value": (2, "s")}
META = {"name": (1, "s"), "uid": (2, "s"), "namespace": (3, "s"), "attempt": (4, "i")}
SANDBOX = {"metadata": (1, META), "hostname": (2, "s"), "log_directory": (3, "s"),
           "annotations": (7, [MAP]), "linux": (8, {"cgroup_parent": (1, "s")})}
CONTAINER = {
    "metadata": (1, {"name": (1, "s"), "attempt": (2, "i")}), "image": (2, {"image": (1, "s")}),
    "command": (3, ["s"]), "args": (4, ["s"]), "working_dir": (5, "s"),
    "envs": (6, [{"key": (1, "s"), "value": (2, "s")}]),
    "mounts": (7, [{"container_path": (1, "s"), "host_path": (2, "s"), "readonly": (3, "i")}]),
    "annotations": (10, [MAP]), "log_path": (11, "s"),
    "linux": (15, {"resources": (1, {"cpu_period": (1, "i"), "cpu_quota": (2, "i"),
                                     "memory_limit_in_bytes": (4, "i")}),
                   "security_context": (2, {"run_as_user": (5, {"value": (1, "i")}),
                                            "readonly_rootfs": (7, "i")})})}
STATUS = {"id": (1, "s"), "state": (3, "i"), "exit_code": (7, "i"), "reason": (10, "s"),
          "message": (11, "s")}
ID, POD = {"container_id": (1, "s")}, {"pod_sandbox_id": (1, "s")}
# method: (what is asked, what is answered)
METHODS = {
    "Version": ({}, {"runtime_name": (2, "s"), "runtime_version": (3, "s")}),
    "RunPodSandbox": ({"config": (1, SANDBOX), "runtime_handler": (2, "s")}, POD),
    "PodSandboxStatus": (POD, {"status": (1, {"state": (3, "i"),
                                              "network": (5, {"ip": (1, "s")})})}),
    "StopPodSandbox": (POD, {}),
    "RemovePodSandbox": (POD, {}),
    "CreateContainer": ({**POD, "config": (2, CONTAINER), "sandbox_config": (3, SANDBOX)}, ID),
    "StartContainer": (ID, {}),
    "StopContainer": ({**ID, "timeout": (2, "i")}, {}),
    "RemoveContainer": (ID, {}),
    "ContainerStatus": (ID, {"status": (1, STATUS)}),
    "ExecSync": ({**ID, "cmd": (2, ["s"]), "timeout": (3, "i")},
                 {"stdout": (1, "s"), "stderr": (2, "s"), "exit_code": (3, "i")}),
}


def number(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def encode(message, table):
    out = b""
    for name, value in message.items():
        field, kind = table[name]
        for item in value if isinstance(kind, list) else [value]:
            one = kind[0] if isinstance(kind, list) else kind
            if one == "i":
                out += number(field << 3) + number(int(item))
                continue
            data = encode(item, one) if isinstance(one, dict) else str(item).encode()
            out += number(field << 3 | 2) + number(len(data)) + data
    return out


def read_number(data, at):
    n = shift = 0
    while True:
        n |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return n, at


def decode(data, table):
    """What the table does not name is skipped."""
    names = {field: (name, kind) for name, (field, kind) in table.items()}
    found, at = {name: [] if isinstance(kind, list) else {} if isinstance(kind, dict)
                 else 0 if kind == "i" else "" for name, (_, kind) in table.items()}, 0
    while at < len(data):
        tag, at = read_number(data, at)
        if tag & 7 == 0:
            value, at = read_number(data, at)
        elif tag & 7 == 2:
            size, at = read_number(data, at)
            value, at = data[at:at + size], at + size
        else:
            at += 8 if tag & 7 == 1 else 4
            continue
        name, kind = names.get(tag >> 3, (None, None))
        if name is None:
            continue
        one = kind[0] if isinstance(kind, list) else kind
        if isinstance(one, dict):
            value = decode(value, one)
        elif one == "s":
            value = value.decode("utf-8", "replace")
        found[name] = [*found[name], value] if isinstance(kind, list) else value
    return found


class Client:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel(f"unix://{socket}")

    def __call__(self, method, patience=60, **message):
        asked, answered = METHODS[method]
        call = self.channel.unary_unary(f"/runtime.v1.RuntimeService/{method}",
                                        request_serializer=lambda m: encode(m, asked),
                                        response_deserializer=lambda d: decode(d, answered))
        return call(message, timeout=patience)

    def close(self):
        self.channel.close()
