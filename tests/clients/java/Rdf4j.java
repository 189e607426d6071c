// SPDX-License-Identifier: EUPL-1.2

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.http.HttpResponse;
import org.apache.http.NameValuePair;
import org.apache.http.client.entity.UrlEncodedFormEntity;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.utils.URIBuilder;
import org.apache.http.entity.BufferedHttpEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.message.BasicNameValuePair;
import org.eclipse.rdf4j.model.Model;
import org.eclipse.rdf4j.query.resultio.BooleanQueryResultFormat;
import org.eclipse.rdf4j.query.resultio.BooleanQueryResultParserRegistry;
import org.eclipse.rdf4j.query.resultio.QueryResultFormat;
import org.eclipse.rdf4j.query.resultio.QueryResultIO;
import org.eclipse.rdf4j.query.resultio.TupleQueryResultFormat;
import org.eclipse.rdf4j.query.resultio.TupleQueryResultParser;
import org.eclipse.rdf4j.query.resultio.TupleQueryResultParserRegistry;
import org.eclipse.rdf4j.query.resultio.helpers.QueryResultCollector;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.rio.RDFParserRegistry;
import org.eclipse.rdf4j.rio.Rio;

/**
 * Asks as RDF4J's SPARQLProtocolSession does, and reads with RDF4J's own readers.
 *
 * Debian has RDF4J without that session, so what it sends is put together here as it does: the
 * formats that are wanted from RDF4J's registries, the same parameters, the same HTTP client.
 */
public class Rdf4j {
    private static String endpoint;
    private static CloseableHttpClient client;

    public static void main(String[] arguments) throws Exception {
        endpoint = arguments[0] + "/sparql";
        try (CloseableHttpClient http = HttpClients.createSystem()) {
            client = http;
            for (boolean post : new boolean[] {false, true}) {
                String way = post ? " POST" : " GET";
                print("select" + way, rows(arguments[1], post));
                print("ask" + way, bool(arguments[2], post));
                print("construct" + way, triples(arguments[3], post));
                print("describe" + way, triples(arguments[4], post));
            }
        }
    }

    private static String rows(String query, boolean post) throws Exception {
        Set<QueryResultFormat> known = TupleQueryResultParserRegistry.getInstance().getKeys();
        HttpResponse response = send(query, post, results(known, TupleQueryResultFormat.BINARY));
        QueryResultFormat format =
            TupleQueryResultFormat.matchMIMEType(type(response), known).orElseThrow();
        QueryResultCollector collected = new QueryResultCollector();
        TupleQueryResultParser parser = QueryResultIO.createTupleParser(format);
        parser.setQueryResultHandler(collected);
        parser.parseQueryResult(response.getEntity().getContent());
        StringBuilder text = new StringBuilder();
        collected.getBindingSets()
            .forEach(row -> text.append(row.getValue("label")).append('\n'));
        return text.toString();
    }

    private static String bool(String query, boolean post) throws Exception {
        Set<QueryResultFormat> known = BooleanQueryResultParserRegistry.getInstance().getKeys();
        HttpResponse response = send(query, post, results(known, BooleanQueryResultFormat.TEXT));
        QueryResultFormat format =
            BooleanQueryResultFormat.matchMIMEType(type(response), known).orElseThrow();
        return String.valueOf(
            QueryResultIO.parseBoolean(response.getEntity().getContent(), format));
    }

    private static String triples(String query, boolean post) throws Exception {
        Set<RDFFormat> known = RDFParserRegistry.getInstance().getKeys();
        HttpResponse response = send(query, post,
            String.join(", ", RDFFormat.getAcceptParams(known, false, RDFFormat.TURTLE)));
        RDFFormat format = RDFFormat.matchMIMEType(type(response), known).orElseThrow();
        Model model = Rio.parse(response.getEntity().getContent(), endpoint, format);
        StringWriter text = new StringWriter();
        Rio.write(model, text, RDFFormat.NTRIPLES);
        return text.toString();
    }

    private static String results(
            Set<? extends QueryResultFormat> known, QueryResultFormat preferred) {
        List<String> wanted = new ArrayList<>();
        for (QueryResultFormat format : known) {
            for (String type : format.getMIMETypes()) {
                wanted.add(format.equals(preferred) ? type : type + ";q=0.8");
            }
        }
        return String.join(", ", wanted);
    }

    private static HttpResponse send(String query, boolean post, String accept) throws Exception {
        List<NameValuePair> parameters = List.of(
            new BasicNameValuePair("query", query),
            new BasicNameValuePair("queryLn", "SPARQL"),
            new BasicNameValuePair("infer", "true"),
            new BasicNameValuePair("timeout", "10"));
        HttpUriRequest request;
        if (post) {
            HttpPost form = new HttpPost(endpoint);
            form.setHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
            form.setEntity(new UrlEncodedFormEntity(parameters, StandardCharsets.UTF_8));
            request = form;
        } else {
            request = new HttpGet(new URIBuilder(endpoint).addParameters(parameters).build());
        }
        request.addHeader("Accept", accept);
        HttpResponse response = client.execute(request);
        if (response.getStatusLine().getStatusCode() != 200) {
            throw new IllegalStateException(response.getStatusLine().toString());
        }
        response.setEntity(new BufferedHttpEntity(response.getEntity()));  // read to its end
        return response;
    }

    private static String type(HttpResponse response) {
        return response.getEntity().getContentType().getValue().split(";")[0];
    }

    private static void print(String name, String text) {
        System.out.print(name + "\u001f" + text + "\u001e");
    }
}
