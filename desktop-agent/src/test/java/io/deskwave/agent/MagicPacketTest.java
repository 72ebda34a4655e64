package io.deskwave.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MagicPacketTest {
    @Test
    void isSixBytesOfOnesAndTheAddressSixteenTimes() {
        assertThat(HexFormat.of().formatHex(MagicPacket.of("52:54:00:0a:ff:01")))
                .isEqualTo("ffffffffffff" + "5254000aff01".repeat(16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "52:54:00:0a:ff", "52:54:00:0a:ff:01:02", "52-54-00-0a-ff-01", "52:54:00:0A:FF:01", "x"})
    void whatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> MagicPacket.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.0/24, 10.1.2.255",
        "10.1.2.77/20, 10.1.15.255",
        "192.168.255.252/30, 192.168.255.255",
        "10.0.0.0/8, 10.255.255.255",
        "172.16.5.0/23, 172.16.5.255"
    })
    void aNetworkHasABroadcastAddress(String network, String broadcast) throws UnknownHostException {
        assertThat(Ipv4Network.parse(network).broadcast()).isEqualTo(InetAddress.getByName(broadcast));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.1.2.0",
                "10.1.2.0/31",
                "10.1.2.0/7",
                "0.0.0.0/0",
                "10.1.256.0/24",
                "::/64",
                "10.1.2.0/24 "
            })
    void whatIsNoNetworkWithOneIsRefused(String text) {
        assertThatThrownBy(() -> Ipv4Network.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
