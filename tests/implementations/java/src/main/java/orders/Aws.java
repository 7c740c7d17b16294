package orders;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;

/** How the functions reach AWS, and read what the template sets. */
final class Aws {
    private static final SdkHttpClient HTTP = UrlConnectionHttpClient.create();
    private static final BackoffStrategy SOON =
            BackoffStrategy.exponentialDelay(Duration.ofMillis(50), Duration.ofMillis(200));

    // A caller waits, so retries are few and soon.
    private static final RetryStrategy RETRIES = AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .maxAttempts(3)
            .backoffStrategy(SOON)
            .throttlingBackoffStrategy(SOON)
            .build();

    private Aws() {}

    /** Builds a client; with the region and credentials named, nothing is searched for at the cold start. */
    static <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C client(B builder) {
        return builder.httpClient(HTTP)
                .region(Region.of(setting("AWS_REGION")))
                .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
                .overrideConfiguration(o -> o.retryStrategy(RETRIES))
                .build();
    }

    static String setting(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException("set the environment variable " + name);
        }
        return value;
    }
}
