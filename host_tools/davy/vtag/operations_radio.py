"""What a tag asks of its radios. One method an operation, named as in `wire`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from davy.vtag.board import Board

Answer = tuple[int, bytes]  # value, payload


class RadioOperations:
    """Each method takes (a, b, payload) of the request and returns the reply's value and payload."""

    def __init__(self, board: "Board") -> None:
        self.board = board

    def wlan_active(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.set_active(a), b""

    def wlan_connect(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.connect(payload, self.board.t_us)
        return 0, b""

    def wlan_status(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.status(self.board.t_us), b""

    def wlan_leave(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.leave()
        return 0, b""

    def wlan_rssi(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.network.rssi, b""

    def wlan_scan(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.scan()

    def socket_open(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.open(), b""

    def socket_send(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.send(a, b, payload, self.board.t_us)
        return 0, b""

    def socket_recv(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.receive(a, b, self.board.t_us)

    def socket_connect(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.connect_socket(a, payload.decode(), b)
        return 0, b""

    def socket_write(self, a: int, b: int, payload: bytes) -> Answer:
        host, port = self.board.wifi.peer(a)
        self.board.wifi.send(a, port, bytes([len(host)]) + host.encode() + payload, self.board.t_us)
        return 0, b""

    def socket_read(self, a: int, b: int, payload: bytes) -> Answer:
        _, data = self.board.wifi.receive(a, b, self.board.t_us)
        return 0, data[1 + data[0] :]

    def socket_close(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.close(a)
        return 0, b""

    def socket_ready(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.ready(a, self.board.t_us), b""

    def stream_open(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.open_stream(), b""

    def stream_connect(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.connect_stream(a, payload.decode(), b, self.board.t_us)
        return 0, b""

    def stream_poll(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.stream(a).poll(self.board.t_us), b""

    def stream_write(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.wifi.stream(a).write(payload, self.board.t_us), b""

    def stream_read(self, a: int, b: int, payload: bytes) -> Answer:
        return 0, self.board.wifi.stream(a).read(b, self.board.t_us)

    def stream_close(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.wifi.close_stream(a, self.board.t_us)
        return 0, b""

    def ble_active(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.ble.set_active(a), b""

    def ble_advertise(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.ble.advertise(a, payload)
        return 0, b""

    def ble_scan(self, a: int, b: int, payload: bytes) -> Answer:
        self.board.ble.scan(a, self.board.t_us)
        return 0, b""

    def ble_next(self, a: int, b: int, payload: bytes) -> Answer:
        return self.board.ble.next(self.board.t_us)
