'use strict';

// An agent who takes what rings, reads what the consumer writes and says it back. `#close` ends
// the conversation.

const { start, tell, ask } = require('./bot');

const agent = start();
/// By the id of the dialog: what is echoed, and how often the other side has confirmed.
const dialogs = new Map();

agent.on('connected', () => {
    ask(agent, 'setAgentState', { availability: 'ONLINE' }, (answer) => tell('state', { answer }));
    const mine = { agentIds: [agent.agentId], convState: ['OPEN'] };
    ask(agent, 'subscribeExConversations', mine, () => tell('subscribed', { to: 'conversations' }));
    ask(agent, 'subscribeAgentsState', {}, () => tell('subscribed', { to: 'states' }));
    ask(agent, 'subscribeRoutingTasks', {}, () => tell('subscribed', { to: 'rings' }));
});

agent.on('routing.AgentStateNotification', (body) => {
    for (const { result } of body.changes) tell('availability', { now: result.availability });
});

agent.on('routing.RoutingTaskNotification', (body) => {
    for (const { type, result } of body.changes) {
        for (const { ringId, ringState } of result.ringsDetails) {
            tell('ring', { type, ringState, conversation: result.conversationId });
            if (type !== 'UPSERT' || ringState !== 'WAITING') continue;
            ask(agent, 'updateRingState', { ringId, ringState: 'ACCEPTED' }, (answer) => {
                tell('accepted', { answer });
            });
        }
    }
});

agent.on('cqm.ExConversationChangeNotification', (body) => {
    for (const { type, result } of body.changes) {
        if (type === 'DELETE') {
            dialogs.delete(result.convId);
            tell('gone', { conversation: result.convId });
        } else if (!dialogs.has(result.convId)) {
            take(result);
        }
    }
});

function take({ convId, conversationDetails }) {
    const consumer = conversationDetails.participants.find((one) => one.role === 'CONSUMER').id;
    dialogs.set(convId, { echoed: new Set(), receipts: 0 });
    tell('mine', { conversation: convId, role: conversationDetails.getMyRole() });
    ask(agent, 'getUserProfile', consumer, (answer) => tell('profile', { sdes: answer }));
    // What was written before the agent came.
    ask(agent, 'subscribeMessagingEvents', { dialogId: convId }, () => tell('queried'));
}

agent.on('ms.MessagingEventNotification', (body) => {
    for (const change of body.changes) hear(body.dialogId, change);
});

function hear(dialogId, change) {
    // As an agent who is careless: a message of a dialog it was never told of is the end of it.
    const dialog = dialogs.get(dialogId);
    const { event, sequence, originatorMetadata } = change;
    if (event.type === 'ChatStateEvent') {
        if (!change.isMe()) tell('typing', { state: event.chatState, sequence });
        return;
    }
    if (event.type === 'AcceptStatusEvent') {
        dialog.receipts += 1;
        if (!change.isMe()) tell('receipt', { status: event.status, of: event.sequenceList });
        return;
    }
    if (event.type !== 'ContentEvent' || originatorMetadata.role !== 'CONSUMER') return;
    if (dialog.echoed.has(sequence)) return;
    dialog.echoed.add(sequence);
    tell('heard', { sequence, message: event.message });
    const read = { type: 'AcceptStatusEvent', status: 'READ', sequenceList: [sequence] };
    ask(agent, 'publishEvent', { dialogId, event: read }, () => tell('read', { sequence }));
    if (event.message === '#close') {
        close(dialogId);
    } else {
        say(dialogId, event.message);
    }
}

function say(dialogId, heard) {
    const composing = { type: 'ChatStateEvent', chatState: 'COMPOSING' };
    ask(agent, 'publishEvent', { dialogId, event: composing });
    const event = { type: 'ContentEvent', contentType: 'text/plain', message: `Echo: ${heard}` };
    ask(agent, 'publishEvent', { dialogId, event }, ({ sequence }) => {
        tell('echoed', { sequence, message: event.message });
    });
}

function close(conversationId) {
    const close = { field: 'ConversationStateField', conversationState: 'CLOSE' };
    const body = { conversationId, conversationField: [close] };
    ask(agent, 'updateConversationField', body, (answer) => {
        tell('closed conversation', { conversation: conversationId, answer });
    });
}
