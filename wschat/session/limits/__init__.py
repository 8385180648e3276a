"""How fast one client may write. Each post passes these limits in turn:

1. `web/websocket.py`: the address's turn on the processor (`AddressShare.run`), for which its bytes wait, then the rate
   of frames, beyond which the connection is closed.
2. `Client.allow`: the rate of costly commands, of the session (`SessionQuotas`) and of its address
   (`AddressShare.take_command`). A post isn't one of them.
3. `PostQuotas.take`: the person's pace, as far as this session knows it (`PostPace`, `Appointments`), the number of
   posts that wait for their ack, and the posts of the address (`AddressShare.take_post`). It also decides which share
   of the room's pace the post may use: less for an address or a person that has used up much, or is new.
4. `post.lua`, for all nodes together: whether the post is stored already, the room's rules, the room's pace up to that
   share, and the person's pace (`pace.lua`). A post that was too early for 3 comes here, too, but only to be looked up.

The reasons are in docs/decisions/0011 and 0018.
"""
