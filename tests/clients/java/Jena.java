// SPDX-License-Identifier: EUPL-1.2

import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.rdf.model.ModelFactory;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.sparql.engine.http.QueryExceptionHTTP;
import org.apache.jena.sparql.exec.http.GSP;
import org.apache.jena.sparql.exec.http.QueryExecutionHTTP;
import org.apache.jena.sparql.exec.http.QueryExecutionHTTPBuilder;
import org.apache.jena.sparql.exec.http.QuerySendMode;

/** Asks an endpoint in each way that Jena has, and prints a record for each answer. */
public class Jena {
    public static void main(String[] arguments) {
        String endpoint = arguments[0] + "/sparql";
        String graph = arguments[1], select = arguments[2], ask = arguments[3];
        String construct = arguments[4], describe = arguments[5], service = arguments[6];
        for (QuerySendMode mode : QuerySendMode.values()) {
            print("select " + mode, rows(by(endpoint, select, mode).build()));
            print("ask " + mode, String.valueOf(by(endpoint, ask, mode).build().execAsk()));
            print("construct " + mode, triples(by(endpoint, construct, mode).build()));
        }
        String longer = select + "\n#" + "x".repeat(5000);
        for (QuerySendMode mode : new QuerySendMode[] {
                QuerySendMode.asGetWithLimitForm, QuerySendMode.asGetWithLimitBody}) {
            // as text: parsed and written again it would lose the comment that makes it long
            print("long " + mode, rows(QueryExecutionHTTP.service(endpoint)
                .queryString(longer).sendMode(mode).build()));
        }
        try (QueryExecution asked = by(endpoint, describe, QuerySendMode.systemDefault).build()) {
            StringWriter text = new StringWriter();
            RDFDataMgr.write(text, asked.execDescribe(), Lang.NTRIPLES);
            print("describe", text.toString());
        }
        print("graphs", rows(by(endpoint, select, QuerySendMode.systemDefault)
            .addDefaultGraphURI(graph).build()));
        print("no graphs", rows(by(endpoint, select, QuerySendMode.systemDefault)
            .addNamedGraphURI(graph).build()));
        try (QueryExecution asked = by(endpoint, construct, QuerySendMode.systemDefault).build()) {
            StringWriter text = new StringWriter();
            RDFDataMgr.write(text, asked.execConstructDataset(), Lang.NQUADS);
            print("dataset", text.toString());
        }
        print("service", rows(QueryExecutionFactory.create(
            service, ModelFactory.createDefaultModel())));
        StringWriter text = new StringWriter();
        RDFDataMgr.write(text,
            GSP.service(arguments[0] + "/graph-store").graphName(graph).GET(), Lang.NTRIPLES);
        print("graph store", text.toString());
        try (QueryExecution broken = QueryExecutionHTTP.service(endpoint)
                .queryString("SELECT * {").build()) {
            ResultSetFormatter.consume(broken.execSelect());
        } catch (QueryExceptionHTTP error) {
            print("broken", String.valueOf(error.getStatusCode()));
        }
    }

    private static QueryExecutionHTTPBuilder by(
            String endpoint, String query, QuerySendMode mode) {
        return QueryExecutionHTTP.service(endpoint).query(query).sendMode(mode);
    }

    private static String rows(QueryExecution asked) {
        try (asked) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            ResultSetFormatter.outputAsTSV(text, asked.execSelect());
            return text.toString(StandardCharsets.UTF_8);
        }
    }

    private static String triples(QueryExecution asked) {
        try (asked) {
            StringWriter text = new StringWriter();
            RDFDataMgr.write(text, asked.execConstruct(), Lang.NTRIPLES);
            return text.toString();
        }
    }

    private static void print(String name, String text) {
        System.out.print(name + "\u001f" + text + "\u001e");
    }
}
