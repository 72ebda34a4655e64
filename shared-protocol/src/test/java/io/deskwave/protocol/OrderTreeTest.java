package io.deskwave.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderTreeTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 31, 256, 257})
    void everyOrderProvesItsPlace(int count) {
        List<byte[]> orders = orders(count);
        OrderTree tree = OrderTree.of(orders);
        for (int i = 0; i < count; i++) {
            assertThat(OrderTree.root(orders.get(i), tree.proof(i))).isEqualTo(tree.root());
        }
    }

    @Test
    void anotherOrderOrAnotherProofLeadsElsewhere() {
        List<byte[]> orders = orders(6);
        OrderTree tree = OrderTree.of(orders);
        for (int i = 0; i < 6; i++) {
            assertThat(OrderTree.root(bytes("order 7"), tree.proof(i))).isNotEqualTo(tree.root());
            assertThat(OrderTree.root(orders.get(i), tree.proof((i + 1) % 6))).isNotEqualTo(tree.root());
            assertThat(OrderTree.root(orders.get(i), "")).isNotEqualTo(tree.root());
        }
    }

    @Test
    void aNodeIsNoLeaf() {
        List<byte[]> orders = orders(2);
        byte[] inner = new byte[64];
        byte[] right = Base64.getDecoder().decode(OrderTree.of(orders).proof(0));
        byte[] left = Base64.getDecoder().decode(OrderTree.of(orders).proof(1));
        System.arraycopy(left, 1, inner, 0, 32);
        System.arraycopy(right, 1, inner, 32, 32);
        assertThat(OrderTree.root(inner, "")).isNotEqualTo(OrderTree.of(orders).root());
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAA", "no base64!", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    void whatIsNoProofIsRefused(String proof) {
        assertThatThrownBy(() -> OrderTree.root(bytes("order"), proof)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aProofHasAnEnd() {
        String endless = Base64.getEncoder().encodeToString(new byte[65 * 33]);
        assertThatThrownBy(() -> OrderTree.root(bytes("order"), endless)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<byte[]> orders(int count) {
        var orders = new ArrayList<byte[]>();
        for (int i = 0; i < count; i++) {
            orders.add(bytes("order " + i));
        }
        return orders;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
