// A small connector for LivePerson's Connector API, tested against `handset sandbox`.
// Run with: java ConnectorTest.java (Java 17, nothing else). HANDSET names the program; without it
// it is looked for on the path.
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class ConnectorTest {
    public static void main(String[] args) throws Exception {
        try (var sandbox = new Sandbox("--seed", "7")) {
            var connector = new Connector(sandbox);
            try {
                sandbox.ctl("webhook", connector.listen());
                String appJwt = connector.appJwt();
                String token = connector.consumer(appJwt, "ada");
                String conversation = connector.open(appJwt, token);
                check(connector.agentSays().contains("Riley"), "the agent greets");
                connector.say(appJwt, token, conversation, "help");
                check(!connector.agentSays().isEmpty(), "the agent answers");
                sandbox.ctl("fault", "add", "send", "--status", "503", "--count", "1");
                connector.say(appJwt, token, conversation, "said at the second try");
                String faults = sandbox.ctl("fault", "list");
                check(faults.replaceAll("\\s", "").contains("\"fired\":1"), "the second try was made");
            } finally {
                connector.server.stop(0);
            }
        }
        System.out.println("3 passed, 0 failed");
    }

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    /** A text member of JSON, the first of that name. A real connector has a JSON library. */
    static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        if (!found.find()) throw new AssertionError("no " + name + " in " + json);
        return found.group(1);
    }

    /** A running `handset sandbox`. */
    static class Sandbox implements AutoCloseable {
        static final String PROGRAM = System.getenv().getOrDefault("HANDSET", "handset");
        final Process process;
        final String ready;

        Sandbox(String... args) throws IOException {
            // With --with-stdin the sandbox ends with this process, however that ends.
            process = start(List.of("sandbox", "--with-stdin"), args).start();
            ready = process.inputReader().readLine();
            if (ready == null) throw new IOException("handset sandbox has ended");
        }

        static ProcessBuilder start(List<String> first, String... more) {
            var command = new ArrayList<>(List.of(PROGRAM));
            command.addAll(first);
            command.addAll(List.of(more));
            return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        }

        /** Runs `handset sandbox ctl`, and gives its answer. */
        String ctl(String... words) throws Exception {
            var builder = start(List.of("sandbox", "ctl", "--json"), words);
            builder.environment().put("HANDSET_SANDBOX", member(ready, "csds"));
            builder.environment().put("HANDSET_SANDBOX_TOKEN", member(ready, "control_token"));
            var ctl = builder.start();
            String answer = new String(ctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (ctl.waitFor() != 0) throw new IOException("handset sandbox ctl has failed");
            return answer;
        }

        @Override
        public void close() throws IOException, InterruptedException {
            process.outputWriter().close();
            process.waitFor();
        }
    }

    static class Connector {
        final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        final BlockingQueue<String> webhooks = new LinkedBlockingQueue<>();
        final String csds, account, clientId, clientSecret;
        HttpServer server;

        Connector(Sandbox sandbox) {
            csds = member(sandbox.ready, "csds");
            account = member(sandbox.ready, "account");
            clientId = member(sandbox.ready, "client_id");
            clientSecret = member(sandbox.ready, "client_secret");
        }

        /** The address of a service, as the Domain API has it. */
        String service(String name) throws Exception {
            String at = csds + "/api/account/" + account + "/service/" + name + "/baseURI.json?version=1.0";
            return URI.create(csds).getScheme() + "://" + member(fetch(HttpRequest.newBuilder(URI.create(at))), "baseURI");
        }

        /** Fetches JSON. What the cloud cannot do just now is tried again. */
        String fetch(HttpRequest.Builder builder) throws Exception {
            var request = builder.timeout(Duration.ofSeconds(10)).build();
            for (int tries = 3; ; tries--) {
                var answer = http.send(request, BodyHandlers.ofString());
                if (answer.statusCode() < 300) return answer.body();
                boolean isPassing = answer.statusCode() == 429 || answer.statusCode() >= 500;
                if (!isPassing || tries == 1) throw new IOException(answer.statusCode() + " from " + request.uri().getPath());
                Thread.sleep(100);
            }
        }

        String post(String service, String path, String kind, String body, String... headers) throws Exception {
            var builder = HttpRequest.newBuilder(URI.create(service(service) + path)).header("Content-Type", kind);
            for (int i = 0; i < headers.length; i += 2) builder.header(headers[i], headers[i + 1]);
            return fetch(builder.POST(BodyPublishers.ofString(body)));
        }

        String appJwt() throws Exception {
            String form = "client_id=" + clientId + "&client_secret=" + URLEncoder.encode(clientSecret, StandardCharsets.UTF_8);
            String path = "/sentinel/api/account/" + account + "/app/token?v=1.0&grant_type=client_credentials";
            return member(post("sentinel", path, "application/x-www-form-urlencoded", form), "access_token");
        }

        /** The ConsumerJWS of a consumer, by the name that the connector has for them. */
        String consumer(String appJwt, String name) throws Exception {
            String body = "{\"ext_consumer_id\":\"" + name + "\"}";
            String path = "/api/account/" + account + "/consumer?v=1.0";
            return member(post("idp", path, "application/json", body, "Authorization", appJwt), "token");
        }

        String ask(String appJwt, String token, String path, String body) throws Exception {
            return post("asyncMessagingEnt", "/api/account/" + account + "/messaging/consumer/conversation" + path,
                "application/json", body, "Authorization", appJwt, "X-LP-ON-BEHALF", token);
        }

        /** Opens a conversation, and gives its conversationId. */
        String open(String appJwt, String token) throws Exception {
            String body = """
                [{"kind":"req","id":"1","type":"userprofile.SetUserProfile","body":{}},
                 {"kind":"req","id":"2","type":"cm.ConsumerRequestConversation","body":{"brandId":"%s"}}]
                """.formatted(account);
            return member(ask(appJwt, token, "?v=3", body), "conversationId");
        }

        void say(String appJwt, String token, String dialog, String text) throws Exception {
            String body = """
                {"kind":"req","id":"3","type":"ms.PublishEvent","body":{"dialogId":"%s",
                 "event":{"type":"ContentEvent","contentType":"text/plain","message":"%s"}}}
                """.formatted(dialog, text);
            ask(appJwt, token, "/send?v=3", body);
        }

        /** Takes webhooks, and gives where. */
        String listen() throws IOException {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/hook", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                boolean isSigned = isSigned(body, exchange.getRequestHeaders().getFirst("x-liveperson-signature"));
                exchange.sendResponseHeaders(isSigned ? 200 : 401, -1);
                exchange.close();
                if (isSigned) webhooks.add(new String(body, StandardCharsets.UTF_8));
            });
            server.start();
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
        }

        boolean isSigned(byte[] body, String signature) {
            if (signature == null || !(signature.startsWith("sha1=") || signature.startsWith("sha256="))) return false;
            String algorithm = signature.startsWith("sha1=") ? "HmacSHA1" : "HmacSHA256";
            try {
                var mac = Mac.getInstance(algorithm);
                mac.init(new SecretKeySpec(clientSecret.getBytes(StandardCharsets.UTF_8), algorithm));
                byte[] given = Base64.getDecoder().decode(signature.substring(signature.indexOf('=') + 1));
                return MessageDigest.isEqual(mac.doFinal(body), given);
            } catch (Exception error) {
                return false;
            }
        }

        /** The next message of an agent. */
        String agentSays() throws Exception {
            for (;;) {
                String webhook = webhooks.poll(20, TimeUnit.SECONDS);
                if (webhook == null) throw new AssertionError("no agent says anything");
                if (webhook.contains("\"ContentEvent\"") && !webhook.contains("\"CONSUMER\"")) return member(webhook, "message");
            }
        }
    }
}
