/* Times are milliseconds unless the name says otherwise. */
#include "report.h"

#include <stdio.h>

static void print_times(const char *name, const struct histogram *histogram)
{
    printf(",\"%s\":{\"count\":%lu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name, histogram->total,
           (double)histogram_percentile(histogram, 0.50) / 1e3, (double)histogram_percentile(histogram, 0.99) / 1e3,
           (double)histogram->max / 1e3);
}

static void print_counts(const char *name, const struct counts *counts)
{
    printf(",\"%s\":{", name);
    for (uint32_t i = 0; i < counts->used; i++)
        printf("%s\"%s\":%u", i ? "," : "", counts->entries[i].code, counts->entries[i].times);
    printf("}");
}

static void print_presence(const struct run *run, double seconds)
{
    uint64_t frames = 0, most = 0;
    for (uint32_t i = 0; i < run->plan.clients; i++) {
        frames += run->clients[i].online_frames;
        if (run->clients[i].online_frames > most)
            most = run->clients[i].online_frames;
    }
    printf(",\"online\":{\"frames\":%lu,\"per_client_second\":%.3f,\"most_per_second\":%.3f,\"right_after\":", frames,
           (double)frames / run->plan.clients / seconds, (double)most / seconds);
    if (run->rightly_counted_at > run->last_join)
        printf("%.3f}", (double)(run->rightly_counted_at - run->last_join) / 1e6);
    else
        printf(run->rightly_counted_at ? "0}" : "null}");
}

static uint64_t missing_deliveries(const struct run *run)
{
    uint64_t missing = 0;
    for (uint32_t i = 0; i < run->sent; i++)
        missing += run->messages[i].lacking;
    return missing;
}

void report(const struct run *run, double join_seconds, double measured_seconds, double arrival_seconds, double load_cpu)
{
    const struct tally *tally = &run->tally;
    printf("{\"event\":\"report\",\"clients\":%u,\"joined\":%u,\"join_seconds\":%.4f,\"seconds\":%.4f",
           run->plan.clients, run->joined, join_seconds, measured_seconds);
    printf(",\"arrival_seconds\":%.4f,\"load_cpu_seconds\":%.3f", arrival_seconds, load_cpu);
    printf(",\"sent\":%lu,\"held\":%lu,\"acked\":%lu,\"deliveries\":%lu,\"missing\":%lu,\"bytes\":%lu,\"segments\":%lu", tally->sent,
           tally->held, tally->acked, tally->deliveries, missing_deliveries(run), tally->bytes,
           tally->segments);
    print_times("delivery", &tally->delivery);
    print_times("last", &tally->last);
    print_times("ack", &tally->ack);
    print_times("join", &tally->join);
    print_presence(run, measured_seconds);
    print_counts("errors", &tally->errors);
    print_counts("closes", &tally->closes);
    printf("}\n");
}
