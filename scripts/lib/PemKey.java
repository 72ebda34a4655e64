import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** {@code java PemKey.java KEYSTORE PASSWORD ALIAS}: prints a private key as PEM, PKCS#8, which keytool does not. */
final class PemKey {
    private PemKey() {}

    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[1].toCharArray();
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(Path.of(arguments[0]))) {
            store.load(in, password);
        }
        byte[] key = store.getKey(arguments[2], password).getEncoded();
        System.out.println("-----BEGIN PRIVATE KEY-----");
        System.out.println(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key));
        System.out.println("-----END PRIVATE KEY-----");
    }
}
