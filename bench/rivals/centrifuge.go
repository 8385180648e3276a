// Centrifuge, a Go library: publishes every message through Redis to all clients of one channel, and keeps none.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/centrifugal/centrifuge"
)

const channel = "chat"

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func redisBroker(node *centrifuge.Node, url string) *centrifuge.RedisBroker {
	shard, err := centrifuge.NewRedisShard(node, centrifuge.RedisShardConfig{Address: url})
	must(err)
	broker, err := centrifuge.NewRedisBroker(node, centrifuge.RedisBrokerConfig{Shards: []*centrifuge.RedisShard{shard}})
	must(err)
	return broker
}

func connecting(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	return centrifuge.ConnectReply{
		Credentials:   &centrifuge.Credentials{UserID: ""},
		Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
	}, nil
}

func connected(client *centrifuge.Client) {
	client.OnPublish(func(_ centrifuge.PublishEvent, answer centrifuge.PublishCallback) {
		answer(centrifuge.PublishReply{}, nil)
	})
}

func main() {
	port, url := os.Args[1], os.Args[2]
	node, err := centrifuge.New(centrifuge.DefaultConfig)
	must(err)
	node.SetBroker(redisBroker(node, url))
	node.OnConnecting(connecting)
	node.OnConnect(connected)
	must(node.Run())
	http.Handle("/ws", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	must(http.ListenAndServe("127.0.0.1:"+port, nil))
}
