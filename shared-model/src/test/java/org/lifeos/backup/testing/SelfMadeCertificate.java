package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate that no authority knows, for servers on loopback.
 *
 * @param keyStore PKCS12, with the key
 * @param pem the certificate alone, for those who are to trust it
 * @param trustStore the certificate alone, for those of Java
 */
public record SelfMadeCertificate(Path keyStore, Path pem, Path trustStore) {
    /** Of both stores. */
    public static final String PASSWORD = "changeit";

    /** Makes one for 127.0.0.1 and localhost. */
    public static SelfMadeCertificate in(Path folder) {
        return in(folder, "ip:127.0.0.1,dns:localhost");
    }

    /**
     * @param names that it is for, as keytool takes them
     */
    public static SelfMadeCertificate in(Path folder, String names) {
        Path keyStore = folder.resolve("server.p12");
        Path pem = folder.resolve("server.pem");
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        CommandRun.of(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-validity",
                        "2",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=" + names,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keyStore.toString(),
                        "-storepass",
                        PASSWORD)
                .orThrow();
        CommandRun.of(
                        keytool,
                        "-exportcert",
                        "-rfc",
                        "-alias",
                        "server",
                        "-keystore",
                        keyStore.toString(),
                        "-storepass",
                        PASSWORD,
                        "-file",
                        pem.toString())
                .orThrow();
        Path trustStore = folder.resolve("trust.p12");
        CommandRun.of(
                        keytool,
                        "-importcert",
                        "-noprompt",
                        "-alias",
                        "server",
                        "-file",
                        pem.toString(),
                        "-keystore",
                        trustStore.toString(),
                        "-storepass",
                        PASSWORD)
                .orThrow();
        return new SelfMadeCertificate(keyStore, pem, trustStore);
    }

    /** What a server with this certificate speaks TLS by. */
    public SSLContext context() {
        try (InputStream content = Files.newInputStream(keyStore)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(content, PASSWORD.toCharArray());
            KeyManagerFactory managers =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
